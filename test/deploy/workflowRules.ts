import { parse } from "yaml";
import { z } from "zod";

const env = z.record(z.string(), z.unknown()).default({});
const permissions = z.union([z.string(), z.record(z.string(), z.string())]);
const step = z.looseObject({
	name: z.string().optional(),
	uses: z.string().optional(),
	run: z.string().optional(),
	with: z.record(z.string(), z.unknown()).default({}),
	env,
});
const job = z.looseObject({
	permissions: permissions.optional(),
	"timeout-minutes": z.number().optional(),
	env,
	steps: z.array(step),
});
const workflow = z.looseObject({
	on: z.union([z.string(), z.array(z.string()), z.looseObject({})]),
	permissions: permissions.optional(),
	env,
	jobs: z.record(z.string(), job),
});

type Step = z.infer<typeof step>;
type Job = z.infer<typeof job>;

/** What a workflow has that it must not have, one line each, naming job and step; empty when nothing. */
export function workflowProblems(text: string): readonly string[] {
	const { on, permissions, env, jobs } = workflow.parse(parse(text));
	const triggers =
		typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);
	return [
		...(triggers.includes("pull_request_target")
			? ["it runs on pull_request_target, with secrets beside foreign code"]
			: []),
		...(isNothing(permissions)
			? []
			: ["expected permissions: {} at the top; each job takes its own"]),
		...secretsOf("the workflow", env),
		...Object.entries(jobs).flatMap(([name, one]) => jobProblems(name, one)),
	];
}

function jobProblems(name: string, job: Job): string[] {
	const minutes = job["timeout-minutes"];
	return [
		...(typeof job.permissions === "object"
			? []
			: [`${name}: expected permissions of its own, named one by one`]),
		...(minutes !== undefined && minutes > 0 && minutes <= 240
			? []
			: [`${name}: expected timeout-minutes up to 240, got ${minutes}`]),
		...secretsOf(name, job.env),
		...job.steps.flatMap((one, index) =>
			stepProblems(one).map(
				(problem) =>
					`${name}, step ${one.name ?? one.uses ?? index + 1}: ${problem}`,
			),
		),
	];
}

function stepProblems({ uses, run = "", with: inputs }: Step): string[] {
	const commands = run.replaceAll(/\\\n\s*/g, " ").split("\n");
	return [
		...(uses === undefined || /^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40}$/.test(uses)
			? []
			: [`expected an action pinned by its commit, got ${uses}`]),
		...(uses?.startsWith("actions/checkout@") &&
		inputs["persist-credentials"] !== false
			? ["expected persist-credentials: false"]
			: []),
		...(run.includes("${{")
			? ["expected values from outside by env, got an expression in run"]
			: []),
		...commands
			.filter((line) => /\bpulumi (up|update|preview|pre)\b/.test(line))
			.filter((line) => !/ --policy-pack policies( |$)/.test(line))
			.map((line) => `expected --policy-pack policies, got ${line.trim()}`),
		...commands
			.filter((line) => /\bpulumi (destroy|refresh|import|state)\b/.test(line))
			.map((line) => `expected nothing that takes no pack, got ${line.trim()}`),
		...commands
			.filter((line) => /--skip-preview|--policy-pack-config/.test(line))
			.map((line) => `expected no way round the gate, got ${line.trim()}`),
	];
}

/** Secrets belong to the one step that needs them, not to every program that a job runs. */
function secretsOf(
	where: string,
	env: Readonly<Record<string, unknown>>,
): string[] {
	return Object.entries(env)
		.filter(([, value]) => /\bsecrets\b/.test(String(value)))
		.map(([name]) => `${where}: expected ${name} in the step that needs it`);
}

function isNothing(found: z.infer<typeof permissions> | undefined): boolean {
	return typeof found === "object" && Object.keys(found).length === 0;
}
