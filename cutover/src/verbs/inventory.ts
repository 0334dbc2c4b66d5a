import {
	conversionOptions,
	reportOption,
	sourceOption,
	type Verb,
} from "./verb.ts";

/** Options that decide what the conversion keeps back, and where the files are: the same as for the conversion. */
const judgedWith = conversionOptions.filter(({ flags }) =>
	/^--(files-source|duplicates|mapping) /.test(flags),
);

export const inventoryVerb: Verb = {
	name: "inventory",
	phase: "Take stock:",
	summary:
		"write down what the legacy system consists of, and what may go wrong; only reads",
	options: [
		sourceOption,
		{
			flags: "--api-docs <place>",
			env: "CUTOVER_API_DOCS",
			text: "OpenAPI document of the legacy application, address or file",
		},
		{
			flags: "--new-api-docs <place>",
			env: "CUTOVER_NEW_API_DOCS",
			text: "the same of the new system, to find what takes over from each endpoint",
		},
		{
			flags: "--app-env <file>",
			env: "CUTOVER_APP_ENV",
			text: "settings file (.env) of the legacy application; only addresses are kept",
		},
		...judgedWith,
		{
			flags: "--answers <file>",
			env: "CUTOVER_ANSWERS",
			text: "answers to the checklist (YAML or JSON), by named persons",
		},
		reportOption,
		{
			flags: "--ca-file <file>",
			env: "CUTOVER_CA_FILE",
			text: "certificate authority of the applications (PEM)",
		},
		{
			flags: "--pg-dump <program>",
			env: "CUTOVER_PG_DUMP",
			text: "pg_dump of the server's version or later (default: the one on PATH)",
		},
		{
			flags: "--statement-timeout-seconds <number>",
			env: "CUTOVER_STATEMENT_TIMEOUT_SECONDS",
			text: "longest time for one question to the source (default: 600)",
		},
		{
			flags: "--lock-timeout-seconds <number>",
			env: "CUTOVER_LOCK_TIMEOUT_SECONDS",
			text: "longest wait for a table that somebody has locked (default: 5)",
		},
	],
	notes: [
		"Writes legacy_inventory.json, legacy_schema.sql, legacy_api_docs.json and inventory.md into the report folder.",
		"0 everything was read, there is no blocker, and all five items of the preparation checklist are answered",
		"1 a blocker was found: the conversion cannot run, or would lose data",
		"3 a part could not be read, or an item is unanswered; inventory.md names it, with a template for --answers",
	],
	examples: [
		"cutover inventory --source postgresql://cutover@legacy/app --api-docs http://localhost:8007/api/docs --files-source /srv/uploads",
		"cutover inventory --answers answers.yaml --new-api-docs https://api.trusted-login.com/api/docs",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { inventorySchema }, { inventory }] =
			await Promise.all([
				import("./parse.ts"),
				import("../inventory/settings.ts"),
				import("../inventory/run.ts"),
			]);
		return await inventory(
			parseSettings(inventorySchema, options),
			talk,
			signal,
		);
	},
};
