import {
	type OptionSpec,
	reportOption,
	targetOption,
	type Verb,
} from "./verb.ts";

const databaseOption = {
	flags: "--database <url>",
	env: "DATABASE_URL",
	text: "another name for --target",
};

const dryRunOption: OptionSpec = {
	flags: "--dry-run",
	env: "CUTOVER_DRY_RUN",
	text: "say what would be done and change nothing",
};

export const schemaApply: Verb = {
	name: "schema apply",
	phase: "Prepare the target:",
	summary: "bring the target's schema up to date; repeatable",
	options: [
		targetOption,
		databaseOption,
		{
			flags: "--app-role <name>",
			env: "APP_ROLE",
			text: "login role of the application, made and granted when missing",
		},
		{
			flags: "--app-secret-id <arn>",
			env: "APP_SECRET_ID",
			text: "secret that receives the application's connection URL (or file:PATH)",
		},
		dryRunOption,
	],
	examples: [
		"cutover schema apply --target postgresql:///trusted_login",
		"cutover schema apply --dry-run",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { applySchema, applySchemaSettings }, secrets] =
			await Promise.all([
				import("./parse.ts"),
				import("../schema/apply.ts"),
				import("../adapters/secrets.ts"),
			]);
		const settings = parseSettings(applySchemaSettings, withTarget(options));
		return await applySchema(settings, secrets.secretStore, talk, signal);
	},
};

export const schemaStatusVerb: Verb = {
	name: "schema status",
	phase: "Prepare the target:",
	summary: "say which migrations are applied and which are missing",
	options: [targetOption, databaseOption],
	examples: ["cutover schema status --json"],
	async run(options) {
		const [{ parseSettings }, { schemaStatus, schemaStatusSettings }] =
			await Promise.all([import("./parse.ts"), import("../schema/status.ts")]);
		return await schemaStatus(
			parseSettings(schemaStatusSettings, withTarget(options)),
		);
	},
};

export const schemaDiffVerb: Verb = {
	name: "schema diff",
	phase: "Prepare the target:",
	summary:
		"name every difference between the target's schema and what the migrations make",
	options: [
		targetOption,
		databaseOption,
		{
			flags: "--app-role <name>",
			env: "APP_ROLE",
			text: "login role of the application, looked at too (default: none)",
		},
		reportOption,
	],
	examples: ["cutover schema diff --target postgresql:///trusted_login"],
	async run(options) {
		const [{ parseSettings }, { schemaDiff, schemaDiffSettings }] =
			await Promise.all([import("./parse.ts"), import("../schema/diff.ts")]);
		return await schemaDiff(
			parseSettings(schemaDiffSettings, withTarget(options)),
		);
	},
};

export const schemaRollbackVerb: Verb = {
	name: "schema rollback",
	phase: "Prepare the target:",
	summary:
		"undo migrations by their down parts, newest first; never destroys rows",
	options: [
		targetOption,
		databaseOption,
		{
			flags: "--to <number>",
			text: "migration that stays the newest; 0 undoes all of them",
		},
		{
			flags: "--steps <number>",
			text: "how many migrations to undo (default: 1)",
		},
		{
			flags: "--yes",
			text: "do not ask; needed where there is no terminal",
		},
		dryRunOption,
		reportOption,
	],
	examples: [
		"cutover schema rollback --dry-run",
		"cutover schema rollback --to 1 --target postgresql:///trusted_login",
	],
	async run(options, { talk, signal }) {
		const [
			{ parseSettings },
			{ confirmed, confirmOn },
			{ rollbackSchema, schemaRollbackSettings },
		] = await Promise.all([
			import("./parse.ts"),
			import("../confirm.ts"),
			import("../schema/rollback.ts"),
		]);
		return await rollbackSchema(
			parseSettings(schemaRollbackSettings, withTarget(options)),
			{
				confirm:
					options.yes === true
						? confirmed
						: confirmOn(process.stdin, process.stderr, signal),
				talk,
				signal,
			},
		);
	},
};

function withTarget(
	options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
	return { ...options, target: options.target ?? options.database };
}
