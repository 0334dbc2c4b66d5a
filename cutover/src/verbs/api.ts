import { reportOption, type Verb } from "./verb.ts";

export const apiUsageVerb: Verb = {
	name: "api usage",
	phase: "Prove it:",
	summary:
		"say who still calls the old version of the API, from access logs; asks no server",
	options: [
		{
			flags: "--logs <places>",
			env: "CUTOVER_ACCESS_LOGS",
			text: "access logs: files, folders or s3://bucket/prefix, separated by commas; AWS load balancer, nginx combined or the laptop's, gzip or plain",
		},
		{
			flags: "--old-prefix <path>",
			env: "CUTOVER_OLD_API",
			text: "path of the old version (default: /api/v1)",
		},
		{
			flags: "--new-prefix <path>",
			env: "CUTOVER_NEW_API",
			text: "path of the new version (default: /api/v2)",
		},
		{
			flags: "--since <day>",
			env: "CUTOVER_USAGE_SINCE",
			text: "count calls from this day on (UTC), or from a time with its zone",
		},
		{
			flags: "--until <day>",
			env: "CUTOVER_USAGE_UNTIL",
			text: "count calls before this day",
		},
		{
			flags: "--fail-if-used-since <day>",
			env: "CUTOVER_FAIL_IF_USED_SINCE",
			text: "exit 1 when the old version was called on or after this day (default: calls are only counted)",
		},
		{
			flags: "--ignore-agents <texts>",
			env: "CUTOVER_IGNORE_AGENTS",
			text: "user agents that hold one of these do not count, separated by commas: our own checks",
		},
		reportOption,
	],
	notes: [
		"Addresses are masked to their network and user agents stripped of e-mail addresses; memory stays the same however",
		"large the logs are. Malformed lines are counted; above 1 % of them the answer is inconclusive (exit 3).",
	],
	examples: [
		"cutover api usage --logs s3://trusted-login-access-logs/AWSLogs",
		"cutover api usage --logs /var/log/nginx --fail-if-used-since 2027-06-30",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { usageSchema }, { apiUsage }] =
			await Promise.all([
				import("./parse.ts"),
				import("../apiUsage/settings.ts"),
				import("../apiUsage/run.ts"),
			]);
		return await apiUsage(parseSettings(usageSchema, options), talk, signal);
	},
};
