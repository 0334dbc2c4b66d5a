import type { Result } from "../outcome.ts";
import {
	aboutOptions,
	doors,
	evidenceOption,
	expiresDaysOption,
	keyOptions,
	programOption,
	releaseOption,
	stackOption,
	trustOptions,
	withKey,
} from "./goliveOptions.ts";
import type { Verb } from "./verb.ts";

const phase = "Decide:";

const evidenceRecord: Verb = {
	name: "evidence record",
	phase,
	summary: "sign a result that another program wrote, and keep it as evidence",
	argument: "kind",
	options: [
		{
			flags: "--kind <kind>",
			env: "CUTOVER_EVIDENCE_KIND",
			text: "what it proves, for example tests or scan",
		},
		{
			flags: "--result <file>",
			env: "CUTOVER_EVIDENCE_RESULT",
			text: 'JSON: a result of ours, {"passes", "failures"}, or {"outcome", ...numbers}',
		},
		{
			flags: "--reports <files>",
			env: "CUTOVER_EVIDENCE_REPORTS",
			text: "files to keep with it, separated by commas",
		},
		expiresDaysOption,
		...aboutOptions,
		evidenceOption,
		...keyOptions,
	],
	notes: [
		"convert, validate, backup drill, check, perf and uat record by themselves when CUTOVER_EVIDENCE, CUTOVER_STACK, CUTOVER_RELEASE and a signing key are set.",
	],
	examples: [
		"cutover evidence record tests --result counts.json --stack staging --release 2.0.0",
	],
	async run(options) {
		return await (await doors()).recordFromFile(withKey(options));
	},
};

const lookVerbs: readonly Verb[] = (
	[
		["list", "show every record, who signed it, and what counts for nothing"],
		["verify", "verify signatures, roles and, with --release, report hashes"],
	] as const
).map(([name, summary]) => ({
	name: `evidence ${name}`,
	phase,
	isRecorded: false,
	summary,
	options: [stackOption, releaseOption, evidenceOption, ...trustOptions],
	examples: [`cutover evidence ${name} --release 2.0.0`],
	async run(options): Promise<Result> {
		return await (await doors()).listRecords(options, name);
	},
}));

const evidenceShow: Verb = {
	name: "evidence show",
	phase,
	isRecorded: false,
	summary: "print what a record says",
	argument: "record",
	options: [
		{ flags: "--record <name>", text: "its name, or a part that only one has" },
		evidenceOption,
	],
	examples: ["cutover evidence show staging_2.0.0_tests"],
	async run(options) {
		return await (await doors()).showRecord(options);
	},
};

const evidenceSubject: Verb = {
	name: "evidence subject",
	phase,
	isRecorded: false,
	summary: "print the hashes of the program, to be kept in an image",
	options: [programOption],
	examples: ["cutover evidence subject > program.json"],
	async run(options) {
		return await (await doors()).printProgram(options);
	},
};

/** What is proven, and by whom. */
export const evidenceVerbs: readonly Verb[] = [
	evidenceRecord,
	...lookVerbs,
	evidenceShow,
	evidenceSubject,
];
