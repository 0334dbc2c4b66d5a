import { slotOptions } from "./sync.ts";
import { validateOptions, withCanaries } from "./validate.ts";
import {
	conversionOptions,
	type OptionSpec,
	sourceOption,
	targetOption,
	type Verb,
} from "./verb.ts";

const appRoleOption: OptionSpec = {
	flags: "--app-role <name>",
	env: "LEGACY_APP_ROLE",
	text: "role of the legacy application on the source (default: legacy_app)",
};

/** `fence on`, `fence off`, `fence status`. */
export const fenceVerbs: readonly Verb[] = (
	[
		["on", "stop the legacy application from writing"],
		["off", "let the legacy application write again"],
		["status", "say whether the legacy application can write"],
	] as const
).map(([wanted, summary]) => ({
	name: `fence ${wanted}`,
	phase: "Cut over:",
	summary,
	options: [sourceOption, targetOption, appRoleOption],
	examples: [`cutover fence ${wanted} --app-role legacy_app`],
	async run(options) {
		const [{ parseSettings }, { fenceSchema }, { fence }] = await Promise.all([
			import("./parse.ts"),
			import("../fence/settings.ts"),
			import("../fence/run.ts"),
		]);
		return await fence(wanted, parseSettings(fenceSchema, options));
	},
}));

export const finalSyncVerb: Verb = {
	name: "final-sync",
	phase: "Cut over:",
	summary:
		"fence the source, take over the rest, validate, and declare the target live",
	options: [
		...conversionOptions,
		appRoleOption,
		...validateOptions,
		{
			flags: "--follow",
			env: "CUTOVER_FOLLOW",
			text: "follow the source through a replication slot, which makes the write pause short on big tables (default: when cutover sync has begun to)",
		},
		...slotOptions,
		{
			flags: "--short-pass-seconds <number>",
			env: "CUTOVER_SHORT_PASS_SECONDS",
			text: "the fence goes on once a pass takes less than this (default: 2)",
		},
		{
			flags: "--max-passes <number>",
			env: "CUTOVER_MAX_PASSES",
			text: "passes before the fence at most (default: 10)",
		},
	],
	examples: ["cutover final-sync --app-role legacy_app"],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { finalSyncSchema }, { finalSync }] =
			await Promise.all([
				import("./parse.ts"),
				import("../finalSync/settings.ts"),
				import("../finalSync/run.ts"),
			]);
		const settings = parseSettings(finalSyncSchema, withCanaries(options));
		return await finalSync(settings, talk, signal);
	},
};
