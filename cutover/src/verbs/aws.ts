import type { OptionSpec, Verb } from "./verb.ts";

const clusterOption: OptionSpec = {
	flags: "--cluster <name>",
	env: "CUTOVER_CLUSTER",
	text: "ECS cluster",
};

const taskDefinitionOption: OptionSpec = {
	flags: "--task-definition <arn>",
	env: "CUTOVER_TASK_DEFINITION",
	text: "ECS task definition",
};

const timeoutOption: OptionSpec = {
	flags: "--timeout-seconds <number>",
	env: "CUTOVER_TIMEOUT_SECONDS",
	text: "longest wait",
};

const serviceOption: OptionSpec = {
	flags: "--service <name>",
	env: "CUTOVER_SERVICE",
	text: "ECS service",
};

export const smokeOptions: readonly OptionSpec[] = [
	{
		flags: "--smoke-url <url>",
		env: "CUTOVER_SMOKE_URL",
		text: "where the release answers, for example the test listener",
	},
	{
		flags: "--smoke-host <host>",
		env: "CUTOVER_SMOKE_HOST",
		text: "host to ask for (default: the one of the URL)",
	},
	{
		flags: "--smoke-kind <kind>",
		env: "CUTOVER_SMOKE_KIND",
		text: "frontend or backend",
	},
	{
		flags: "--ca-file <file>",
		env: "CUTOVER_CA_FILE",
		text: "certificate authority of the release (PEM)",
	},
	{
		flags: "--tries <number>",
		env: "CUTOVER_SMOKE_TRIES",
		text: "tries until all answers are right (default: 10)",
	},
	{
		flags: "--try-every-seconds <number>",
		env: "CUTOVER_SMOKE_EVERY_SECONDS",
		text: "pause between two tries (default: 10, on the laptop 1)",
	},
];

/** Two services are released at the same time: each has its own result. */
const ofService =
	(verb: string) =>
	({ service }: Readonly<Record<string, unknown>>): string =>
		typeof service === "string" ? `${verb} ${service}` : verb;

export const jobRun: Verb = {
	name: "job run",
	phase: "Run on AWS:",
	summary: "run a verb as an ECS task, show its log, take its exit code over",
	// The verb inside the task records its own result.
	isRecorded: false,
	alwaysJson: true,
	options: [
		clusterOption,
		taskDefinitionOption,
		{
			flags: "--subnets <ids>",
			env: "CUTOVER_SUBNETS",
			text: "subnets, separated by commas",
		},
		{
			flags: "--security-groups <ids>",
			env: "CUTOVER_SECURITY_GROUPS",
			text: "security groups, separated by commas",
		},
		{
			flags: "--log-group <name>",
			env: "CUTOVER_LOG_GROUP",
			text: "CloudWatch log group of the task",
		},
		timeoutOption,
	],
	examples: ["cutover job run --cluster trusted-login-cluster ..."],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { jobSchema }, { runJob }, ecs, { readLog }] =
			await Promise.all([
				import("./parse.ts"),
				import("../jobs/settings.ts"),
				import("../jobs/run.ts"),
				import("../adapters/ecs.ts"),
				import("../adapters/logs.ts"),
			]);
		const settings = parseSettings(jobSchema, options);
		const ports = {
			tasks: await ecs.ecsTasks(),
			openLog: readLog,
			pollIntervalMs: ecs.pollIntervalMs(),
		};
		return await runJob(settings, ports, talk, signal);
	},
};

export const releaseWatch: Verb = {
	name: "release watch",
	phase: "Run on AWS:",
	summary:
		"try the new version while its deployment is paused, then continue or roll back",
	alwaysJson: true,
	options: [
		clusterOption,
		serviceOption,
		taskDefinitionOption,
		...smokeOptions,
		timeoutOption,
		{
			flags: "--settle-seconds <number>",
			env: "CUTOVER_SETTLE_SECONDS",
			text: "how long a version that is live already may get a new deployment (default: 120, on the laptop 20)",
		},
	],
	recordedAs: ofService("release watch"),
	examples: ["cutover release watch --service trusted-login-backend ..."],
	async run(options, { talk, signal }) {
		const [
			{ parseSettings },
			{ watchSchema },
			{ watchRelease },
			{ smoke },
			ecs,
		] = await Promise.all([
			import("./parse.ts"),
			import("../release/settings.ts"),
			import("../release/watch.ts"),
			import("../checks/smoke.ts"),
			import("../adapters/ecs.ts"),
		]);
		const settings = parseSettings(watchSchema, options);
		const ports = {
			deployments: await ecs.ecsDeployments(),
			pollIntervalMs: ecs.pollIntervalMs(),
			smoke: () => smoke(settings, talk, signal),
		};
		return await watchRelease(settings, ports, talk, signal);
	},
};

export const releaseVerify: Verb = {
	name: "release verify",
	phase: "Run on AWS:",
	summary: "fail unless the wanted version is the live one",
	alwaysJson: true,
	options: [clusterOption, serviceOption, taskDefinitionOption, timeoutOption],
	recordedAs: ofService("release verify"),
	examples: ["cutover release verify --service trusted-login-backend ..."],
	async run(options, { signal }) {
		const [{ parseSettings }, { verifySchema }, { verifyRelease }, ecs] =
			await Promise.all([
				import("./parse.ts"),
				import("../release/settings.ts"),
				import("../release/watch.ts"),
				import("../adapters/ecs.ts"),
			]);
		const settings = parseSettings(verifySchema, options);
		const ports = {
			deployments: await ecs.ecsDeployments(),
			pollIntervalMs: ecs.pollIntervalMs(),
		};
		return await verifyRelease(settings, ports, signal);
	},
};
