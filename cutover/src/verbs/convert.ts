import { conversionOptions, type Verb } from "./verb.ts";

export const convertVerb: Verb = {
	name: "convert",
	phase: "Move the data:",
	summary:
		"convert users, workflows, steps and files; later runs take over what changed",
	options: [
		...conversionOptions,
		{
			flags: "--shard <i/n>",
			env: "CUTOVER_SHARD",
			text: "load every n-th range, beginning with the i-th; the shard that ends last finishes the load",
		},
		{
			flags: "--live-target",
			env: "CUTOVER_LIVE_TARGET",
			text: "keep the target's indexes and foreign keys during the load",
		},
		{
			flags: "--max-rate <rows>",
			env: "CUTOVER_MAX_RATE",
			text: "rows per second at most (default: no limit)",
		},
		{
			flags: "--max-replica-lag-mb <number>",
			env: "CUTOVER_MAX_REPLICA_LAG_MB",
			text: "pause while a standby is further behind than this",
		},
		{
			flags: "--max-source-sessions <number>",
			env: "CUTOVER_MAX_SOURCE_SESSIONS",
			text: "pause while more sessions than this are at work on the source",
		},
	],
	examples: [
		"cutover convert --source postgresql://cutover@legacy/app --target postgresql:///trusted_login",
		"cutover convert --shard 1/4 --workers 4 --max-rate 50000",
		"FILES_SOURCE=/srv/uploads FILES_TARGET=s3://bucket/uploads cutover convert",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { loadSchema }, { convert }] = await Promise.all([
			import("./parse.ts"),
			import("../convert/settings.ts"),
			import("../convert/run.ts"),
		]);
		return await convert(parseSettings(loadSchema, options), talk, signal);
	},
};
