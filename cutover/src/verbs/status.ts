import { reportOption, type Verb } from "./verb.ts";

export const statusVerb: Verb = {
	name: "status",
	phase: "Prove it:",
	summary:
		"write the status page: stages, every check, data, pictures, ways back and the next window; asks no server",
	isRecorded: false,
	options: [
		{
			...reportOption,
			text: "folder with the recorded results; the page goes there (default: reports)",
		},
		{
			flags: "--stack <name>",
			env: "CUTOVER_STACK",
			text: "name of the stack that the page speaks of (default: as said last)",
		},
		{
			flags: "--environment <name>",
			env: "CUTOVER_ENVIRONMENT",
			text: "whose maintenance windows count: development, staging or production (default: as said last)",
		},
	],
	notes: [
		"Every verb with a report folder writes the page when it ends; the others do when CUTOVER_REPORT_DIR or --report-dir",
		"names one. Exit code 0 when the page is written, whatever it says.",
	],
	examples: [
		"cutover status --stack prod --environment production",
		"CUTOVER_REPORT_DIR=reports cutover convert   # its result is on the page as well",
	],
	async run(options) {
		const [{ parseSettings }, { statusSchema }, { status }] = await Promise.all(
			[
				import("./parse.ts"),
				import("../status/settings.ts"),
				import("../status/run.ts"),
			],
		);
		return await status(parseSettings(statusSchema, options));
	},
};
