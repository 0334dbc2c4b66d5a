import type { Result } from "../outcome.ts";
import { type OptionSpec, reportOption, type Verb } from "./verb.ts";

const phase = "Decide:";

export const evidenceOption: OptionSpec = {
	flags: "--evidence <place>",
	env: "CUTOVER_EVIDENCE",
	text: "folder or s3://bucket/prefix of the evidence, outside the repository",
};
const keyFileOption: OptionSpec = {
	flags: "--signing-key-file <file>",
	env: "CUTOVER_SIGNING_KEY_FILE",
	text: "private key to sign with (mode 600), or the key itself in CUTOVER_SIGNING_KEY",
};
export const stackOption: OptionSpec = {
	flags: "--stack <name>",
	env: "CUTOVER_STACK",
	text: "stack that is spoken of",
};
export const releaseOption: OptionSpec = {
	flags: "--release <name>",
	env: "CUTOVER_RELEASE",
	text: "release that is spoken of, for example 2.0.0",
};
export const programOption: OptionSpec = {
	flags: "--program <folder>",
	env: "CUTOVER_PROGRAM",
	text: "git checkout of the program (default: .)",
};
const aboutOptions: readonly OptionSpec[] = [
	stackOption,
	releaseOption,
	programOption,
	{
		flags: "--program-file <file>",
		env: "CUTOVER_PROGRAM_FILE",
		text: "hashes that cutover evidence subject printed, where there is no checkout",
	},
	{
		flags: "--images <list>",
		env: "CUTOVER_IMAGES",
		text: "images, name=sha256:..., separated by commas (default: as the stack file says)",
	},
];
export const trustOptions: readonly OptionSpec[] = [
	{
		flags: "--trust <file>",
		env: "CUTOVER_TRUST",
		text: "trusted public keys with their roles, outside the repository",
	},
	{
		flags: "--trust-sha256 <hash>",
		env: "CUTOVER_TRUST_SHA256",
		text: "sha256 that this file must have",
	},
];
const caseOptions: readonly OptionSpec[] = [
	...aboutOptions,
	{
		flags: "--gate <gate>",
		env: "CUTOVER_GATE",
		text: "provision, cutover or release (default: cutover)",
	},
	evidenceOption,
	...trustOptions,
	{
		flags: "--plan-hash <hash>",
		env: "CUTOVER_PLAN_HASH",
		text: "sha256 of the plan that is to be carried out",
	},
];
const expiresDaysOption: OptionSpec = {
	flags: "--expires-days <number>",
	text: "days after which it counts no more; golive.yaml may say less",
};

/** A private key is taken from the environment and never from the command line. */
const withKey = (
	options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => ({
	...options,
	signingKey: process.env.CUTOVER_SIGNING_KEY,
});

const doors = async () => await import("../evidence/doors.mjs");

const decideVerb: Verb = {
	name: "decide",
	phase,
	summary: "GO or NO-GO for a stack, with the evidence of every criterion",
	options: [...caseOptions, reportOption],
	notes: [
		"Exit code 0 is GO, 1 is NO-GO. Whatever is missing, expired, changed or not trusted is NO-GO.",
	],
	examples: ["cutover decide --stack prod --gate cutover --release 2.0.0"],
	async run(options) {
		return await (await doors()).decide(options);
	},
};

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
		keyFileOption,
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

const attestVerb: Verb = {
	name: "attest",
	phase,
	summary: "stand for a manual item or criterion, signed",
	argument: "item",
	options: [
		{ flags: "--item <id>", text: "id in golive.yaml" },
		{ flags: "--statement <text>", text: "what you saw yourself" },
		expiresDaysOption,
		...caseOptions,
		keyFileOption,
	],
	examples: [
		'cutover attest support-team-ready --statement "Two shifts, phones tested" --stack prod --release 2.0.0',
	],
	async run(options) {
		return await (await doors()).attest(withKey(options));
	},
};

const approveVerb: Verb = {
	name: "approve",
	phase,
	summary: "sign off exactly the evidence and the plan on the table",
	options: [
		{ flags: "--role <role>", text: "role to sign as (default: the key's)" },
		{
			flags: "--rollback-to <release>",
			text: "release that may be gone back to without a new gate (default at a cutover: legacy)",
		},
		{
			flags: "--rollback-images <list>",
			text: "its images, name=sha256:..., separated by commas",
		},
		{
			flags: "--rollback-tree <hash>",
			text: "tree of its program, where that is to be used again",
		},
		{
			flags: "--window <time>",
			text: "start of the maintenance window that is approved, UTC",
		},
		expiresDaysOption,
		...caseOptions,
		keyFileOption,
	],
	notes: [
		"Void as soon as evidence, golive.yaml, waivers, trusted keys, images or the plan change. No one approves what they produced.",
	],
	examples: [
		'cutover approve --role "Operations Manager" --window 2027-06-06T02:00:00Z --stack prod --release 2.0.0',
	],
	async run(options) {
		return await (await doors()).approve(withKey(options));
	},
};

const waiveVerb: Verb = {
	name: "waive",
	phase,
	summary:
		"answer for going on without something; break glass with --emergency",
	argument: "item",
	options: [
		{
			flags: "--item <id>",
			text: "id in golive.yaml, sign-off:<role>, or what cutover plan names",
		},
		{ flags: "--reason <text>", text: "why, for everybody to read" },
		{
			flags: "--expires-hours <number>",
			text: "hours after which it counts no more; 24 at most in an emergency",
		},
		{
			flags: "--emergency",
			text: "let something mandatory through, together with a second decision maker",
		},
		...caseOptions,
		keyFileOption,
	],
	examples: [
		'cutover waive documentation-finalized --reason "Chapter 4 follows on Monday" --expires-hours 72',
	],
	async run(options) {
		return await (await doors()).waive(withKey(options));
	},
};

const noticeVerb: Verb = {
	name: "notice",
	phase,
	summary: "say that people were told of a maintenance window, signed",
	options: [
		{ flags: "--window <time>", text: "its start, UTC" },
		{ flags: "--groups <names>", text: "who was told, separated by commas" },
		{ flags: "--sent-at <time>", text: "when, UTC (default: now)" },
		...caseOptions,
		keyFileOption,
	],
	examples: [
		"cutover notice --window 2027-06-06T02:00:00Z --groups all_users,support_team,management --stack prod",
	],
	async run(options) {
		return await (await doors()).giveNotice(withKey(options));
	},
};

const keyCreate: Verb = {
	name: "key create",
	phase,
	isRecorded: false,
	summary: "make a pair of keys to sign evidence and decisions with",
	options: [
		{
			flags: "--signing-key-file <file>",
			env: "CUTOVER_SIGNING_KEY_FILE",
			text: "file for the private key (mode 600); one that exists is kept",
		},
		{ flags: "--holder <name>", text: "person or machine, for the trust file" },
		{ flags: "--role <role>", text: "its role, for the trust file" },
	],
	examples: [
		'cutover key create --signing-key-file ~/cto.pem --holder "Ada Example" --role CTO',
	],
	async run(options) {
		return await (await doors()).createKey(options);
	},
};

/** What GO rests on, and the word itself. */
export const goliveVerbs: readonly Verb[] = [
	keyCreate,
	evidenceRecord,
	...lookVerbs,
	evidenceShow,
	evidenceSubject,
	attestVerb,
	noticeVerb,
	waiveVerb,
	approveVerb,
	decideVerb,
];
