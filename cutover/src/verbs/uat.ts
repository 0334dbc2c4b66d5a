import { reportOption, type Verb } from "./verb.ts";

export const uatVerb: Verb = {
	name: "uat",
	phase: "Prove it:",
	summary:
		"go through the application in a real browser as its users do, and write the report of the acceptance",
	options: [
		{
			flags: "--base-url <url>",
			env: "CUTOVER_BASE_URL",
			text: "frontend of the application",
		},
		{
			flags: "--api-url <url>",
			env: "CUTOVER_API_URL",
			text: "its API with the version, such as https://api.trusted-login.com/api/v2 (default: learnt from the sign-in)",
		},
		{
			flags: "--database <url>",
			env: "DATABASE_URL",
			text: "database that the registered account is removed from afterwards (default: it is listed)",
		},
		{
			flags: "--uat <file>",
			env: "CUTOVER_UAT_FILE",
			text: "YAML file with selectors, routes, account, viewports and further scenarios (default: Trusted Login's)",
		},
		{
			flags: "--browser <program>",
			env: "CHROME_PATH",
			text: "Chromium or Chrome (default: the one on PATH or in a usual place)",
		},
		{
			flags: "--only <names>",
			env: "CUTOVER_UAT_ONLY",
			text: "scenarios to run, comma separated; the others count as not run",
		},
		{
			flags: "--parallel <number>",
			env: "CUTOVER_UAT_PARALLEL",
			text: "scenarios at the same time (default: 3)",
		},
		{
			...reportOption,
			text: "folder of this machine for the report (default: reports)",
		},
		{
			flags: "--ca-file <file>",
			env: "CUTOVER_CA_FILE",
			text: "certificate authority of the application (PEM)",
		},
	],
	notes: [
		"The password of the account (default: test@example.com) comes from CUTOVER_UAT_PASSWORD.",
		"Writes uat.html, uat.md, uat.json and a folder uat with a picture of every step into the report folder.",
		"0 PASSED (90 % of the scenarios and more)",
		"1 CONDITIONAL (70 % and more) or FAILED, or the application does not answer",
		"3 there is no browser; the message says how to install one",
	],
	examples: [
		"cutover uat --base-url http://localhost:3000",
		"cutover uat --base-url https://staging.trusted-login.com --uat uat.yaml --only login,profile",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { uatSchema }, { uat }] = await Promise.all([
			import("./parse.ts"),
			import("../uat/settings.ts"),
			import("../uat/run.ts"),
		]);
		const settings = parseSettings(uatSchema, {
			...options,
			// By environment only: a command line is seen by everybody on the machine.
			password: process.env.CUTOVER_UAT_PASSWORD || undefined,
		});
		const { withLocalFolder } = await import("../reports/localFolder.ts");
		const { reportName } = await import("../uat/report/folder.ts");
		return await withLocalFolder(
			settings.reportDir,
			(reportDir) => uat({ ...settings, reportDir }, talk, signal),
			[reportName],
		);
	},
};
