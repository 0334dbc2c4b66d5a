import type { Phase } from "../checks/plan.ts";
import { smokeOptions } from "./aws.ts";
import { type OptionSpec, reportOption, type Verb } from "./verb.ts";

const baseUrlOption: OptionSpec = {
	flags: "--base-url <url>",
	env: "CUTOVER_BASE_URL",
	text: "where the API answers",
};

const databaseOption: OptionSpec = {
	flags: "--database <url>",
	env: "DATABASE_URL",
	text: "database of the system (default: what needs it is not run)",
};

const checkOptions: readonly OptionSpec[] = [
	baseUrlOption,
	{
		flags: "--frontend-url <url>",
		env: "CUTOVER_FRONTEND_URL",
		text: "where the pages are (default: not looked at)",
	},
	databaseOption,
	{
		flags: "--host <name>",
		env: "CUTOVER_HOST",
		text: "host that the API is asked for (default: the one of the address)",
	},
	{
		flags: "--ca-file <file>",
		env: "CUTOVER_CA_FILE",
		text: "certificate authority of the applications (PEM)",
	},
	{
		flags: "--checks <file>",
		env: "CUTOVER_CHECKS",
		text: "YAML or JSON file with what differs from Trusted Login's checks",
	},
	{
		flags: "--checks-dir <folder>",
		env: "CUTOVER_CHECKS_DIR",
		text: "folder with checks of your own, one file each",
	},
	reportOption,
];

const notes = [
	"Passwords come from the environment: CUTOVER_CHECK_PASSWORD for the test account, and the variables that --checks names.",
	"What the checks make (a workflow, a file, an account) is removed again, also when the run fails or is stopped.",
	"3 something that is required was not run, because nothing or nobody to look at was given",
];

const baselineOption: OptionSpec = {
	flags: "--baseline <file>",
	env: "CUTOVER_BASELINE",
	text: "performance_baseline.json of the time before; answers may be 20 % slower",
};

export const checkVerbs: readonly Verb[] = [
	{
		name: "check before",
		phase: "Prove it:",
		summary:
			"look at the legacy system before the migration, and measure the baseline",
		options: checkOptions,
		notes: [
			...notes,
			"Writes check-before.md, check-before.json and performance_baseline.json into the report folder.",
		],
		examples: [
			"cutover check before --base-url http://localhost:8007 --frontend-url http://localhost:3000 --database postgresql://cutover@legacy/app",
		],
		run: runPhase("before"),
	},
	{
		name: "check after",
		phase: "Prove it:",
		summary: "look at the new system after the migration, against the baseline",
		options: [...checkOptions, baselineOption],
		notes: [
			...notes,
			"Writes check-after.md and check-after.json into the report folder.",
		],
		examples: [
			"cutover check after --base-url https://api.trusted-login.com --database postgresql://master@rds/trusted_login --baseline reports/performance_baseline.json",
		],
		run: runPhase("after"),
	},
	{
		name: "check smoke",
		phase: "Prove it:",
		summary: "ask a running application whether it works; changes nothing",
		options: [...smokeOptions, baseUrlOption, databaseOption],
		examples: [
			"cutover check smoke --smoke-kind backend --smoke-url https://api.trusted-login.com",
			"cutover check smoke --base-url https://api.trusted-login.com",
		],
		async run(options, { talk, signal }) {
			const [{ parseSettings }, { smoke, smokeSchema }] = await Promise.all([
				import("./parse.ts"),
				import("../checks/smoke.ts"),
			]);
			const settings = parseSettings(smokeSchema, {
				...options,
				smokeUrl: options.smokeUrl ?? options.baseUrl,
				smokeKind: options.smokeKind ?? "backend",
			});
			return await smoke(settings, talk, signal);
		},
	},
];

function runPhase(phase: Phase): Verb["run"] {
	return async (options, { talk, signal }) => {
		const [{ parseSettings }, { checkSchema }, { check }] = await Promise.all([
			import("./parse.ts"),
			import("../checks/settings.ts"),
			import("../checks/run.ts"),
		]);
		return await check(
			phase,
			parseSettings(checkSchema, options),
			talk,
			signal,
		);
	};
}
