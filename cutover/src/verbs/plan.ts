import {
	evidenceOption,
	programOption,
	releaseOption,
	stackOption,
	trustOptions,
} from "./goliveOptions.ts";
import { type OptionSpec, reportOption, type Verb } from "./verb.ts";

const phase = "Cut over:";

const planOptions: readonly OptionSpec[] = [
	stackOption,
	programOption,
	{
		flags: "--policy-pack <folder>",
		env: "CUTOVER_POLICY_PACK",
		text: "policy pack that preview and update run with (default: policies of the program)",
	},
	{
		flags: "--policy-pack-config <file>",
		env: "CUTOVER_POLICY_PACK_CONFIG",
		text: "its configuration (default: none)",
	},
	{
		flags: "--preview-minutes <number>",
		env: "CUTOVER_PREVIEW_MINUTES",
		text: "minutes after which a preview is stopped (default: 15)",
	},
	releaseOption,
	{
		flags: "--gate <gate>",
		env: "CUTOVER_GATE",
		text: "gate to pass: the stack file's (phase, gate.live); another one is refused",
	},
	evidenceOption,
	...trustOptions,
	reportOption,
];

const changeOptions: readonly OptionSpec[] = [
	...planOptions,
	{
		flags: "--plan-hash <hash>",
		env: "CUTOVER_PLAN_HASH",
		text: "sha256 that the plan must have; the sign-offs' own is always compared",
	},
	{
		flags: "--update-minutes <number>",
		env: "CUTOVER_UPDATE_MINUTES",
		text: "minutes after which pulumi is asked to stop (default: 120)",
	},
	{
		flags: "--dry-run",
		env: "CUTOVER_DRY_RUN",
		text: "preview and judge only; change nothing",
	},
	{ flags: "--yes", text: "do not ask" },
];

const doors = async () => await import("../plan/doors.mjs");

const planVerb: Verb = {
	name: "plan",
	phase,
	summary: "preview an update, hash it, refuse what would take data away",
	options: planOptions,
	notes: [
		"Replacing or deleting what holds data needs a waiver for each resource, and a fresh cutover backup drill of the stack.",
		"The hash is what cutover approve --plan-hash signs; the same program against the same state has the same.",
	],
	examples: ["cutover plan --stack prod"],
	async run(options, world) {
		return await (await doors()).plan(options, world);
	},
};

const upVerb: Verb = {
	name: "up",
	phase,
	summary: "preview again; update if this very plan was approved and it is GO",
	options: changeOptions,
	notes: [
		"Needs GO with sign-offs over this plan's hash and an open window, or the rollback that a GO authorised.",
		"Ctrl-C lets pulumi finish what is in flight and give its lock back; a second one does not wait.",
	],
	examples: [
		"cutover up --stack prod --dry-run",
		"cutover up --stack prod --release 2.0.0",
	],
	async run(options, world) {
		return await (await doors()).up(options, world);
	},
};

const destroyVerb: Verb = {
	name: "destroy",
	phase,
	summary: "take a stack away, if the plan to do so was approved and it is GO",
	options: [
		...changeOptions,
		{
			flags: "--with-data",
			text: "also what holds data; on a gated stack with a waiver for each and a fresh restore drill",
		},
	],
	notes: [
		"--dry-run prints the plan's hash, which is to be approved like an update's.",
		"Protected resources are refused: take their protection away in the stack file first.",
	],
	examples: ["cutover destroy --stack staging --with-data --dry-run"],
	async run(options, world) {
		return await (await doors()).destroy(options, world);
	},
};

/** What the engine does to a stack, behind the gate. */
export const planVerbs: readonly Verb[] = [planVerb, upVerb, destroyVerb];
