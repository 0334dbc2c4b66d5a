import { targetOption, type Verb } from "./verb.ts";

const databaseOption = {
	flags: "--database <url>",
	env: "DATABASE_URL",
	text: "another name for --target",
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
	],
	examples: ["cutover schema apply --target postgresql:///trusted_login"],
	async run(options, { talk }) {
		const [{ parseSettings }, { applySchema, applySchemaSettings }, secrets] =
			await Promise.all([
				import("./parse.ts"),
				import("../schema/apply.ts"),
				import("../adapters/secrets.ts"),
			]);
		const settings = parseSettings(applySchemaSettings, withTarget(options));
		return await applySchema(settings, secrets.secretStore, talk);
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

function withTarget(
	options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
	return { ...options, target: options.target ?? options.database };
}
