import { conversionOptions, type OptionSpec, type Verb } from "./verb.ts";

/** Options of every verb that may follow the source. */
export const slotOptions: readonly OptionSpec[] = [
	{
		flags: "--renew-slot",
		env: "CUTOVER_RENEW_SLOT",
		text: "drop a lost slot, make a new one and compare by transaction age",
	},
	{
		flags: "--unlimited-wal",
		env: "CUTOVER_UNLIMITED_WAL",
		text: "accept a server that would keep WAL for the slot until its disk is full",
	},
];

const syncOptions: readonly OptionSpec[] = [
	{
		flags: "--reverse",
		env: "CUTOVER_REVERSE",
		text: "after the cutover: write what changes on the target back to the legacy tables, so that a rollback loses nothing",
	},
	{
		flags: "--app-role <name>",
		env: "LEGACY_APP_ROLE",
		text: "with --reverse: role of the legacy application, which must be fenced (default: legacy_app)",
	},
	{
		flags: "--until-caught-up",
		env: "CUTOVER_UNTIL_CAUGHT_UP",
		text: "end when everything written before the call is taken over (default: go on until stopped)",
	},
	{
		flags: "--stop",
		env: "CUTOVER_STOP_SYNC",
		text: "remove slot and publication, so that the server gives the disk free",
	},
	{
		flags: "--poll-ms <number>",
		env: "CUTOVER_POLL_MS",
		text: "pause between two looks when nothing came (default: 200)",
	},
];

export const syncVerb: Verb = {
	name: "sync",
	phase: "Move the data:",
	summary:
		"follow the changes of one side through a replication slot and carry them to the other",
	options: [...conversionOptions, ...slotOptions, ...syncOptions],
	recordedAs: ({ reverse }) =>
		reverse === true || reverse === "true" || reverse === "1"
			? "sync --reverse"
			: "sync",
	examples: ["cutover sync --until-caught-up", "cutover sync --stop"],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { syncSchema }, { sync }] = await Promise.all([
			import("./parse.ts"),
			import("../sync/settings.ts"),
			import("../sync/run.ts"),
		]);
		return await sync(parseSettings(syncSchema, options), talk, signal);
	},
};
