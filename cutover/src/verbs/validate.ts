import { reportOption, sourceOption, targetOption, type Verb } from "./verb.ts";

/** Options of the checks, shared with the verb that runs them inside the fence. */
export const validateOptions = [
	reportOption,
	{
		flags: "--rows <share>",
		env: "CUTOVER_VALIDATE_ROWS",
		text: "rows compared one by one, column by column: all, none or a share such as 10% (default: all)",
	},
	{
		flags: "--base-url <url>",
		env: "CUTOVER_BASE_URL",
		text: "application that canary accounts sign in to (default: compared with the stored hash)",
	},
	{
		flags: "--canaries-file <file>",
		env: "CUTOVER_CANARIES_FILE",
		text: 'accounts with known passwords, [{"email", "password"}], mode 0600; or the list itself in CUTOVER_CANARIES',
	},
	{
		flags: "--ca-file <file>",
		env: "CUTOVER_CA_FILE",
		text: "certificate authority of the application (PEM)",
	},
];

/** Passwords are taken from the environment and never from the command line. */
export function withCanaries(
	options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
	return { ...options, canaries: process.env.CUTOVER_CANARIES };
}

export const validateVerb: Verb = {
	name: "validate",
	phase: "Prove it:",
	summary:
		"compare source and target and write a report with PASS or FAIL per check",
	options: [sourceOption, targetOption, ...validateOptions],
	examples: [
		"cutover validate --report-dir reports",
		"cutover validate --rows 10%",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { validateSchema }, { validate }] =
			await Promise.all([
				import("./parse.ts"),
				import("../validate/settings.ts"),
				import("../validate/run.ts"),
			]);
		const settings = parseSettings(validateSchema, withCanaries(options));
		return await validate(settings, talk, signal);
	},
};
