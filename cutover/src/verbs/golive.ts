import { evidenceVerbs } from "./evidence.ts";
import {
	caseOptions,
	doors,
	expiresDaysOption,
	keyOptions,
	withKey,
} from "./goliveOptions.ts";
import { type OptionSpec, reportOption, type Verb } from "./verb.ts";

const phase = "Decide:";

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
		...keyOptions,
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
		...keyOptions,
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
		...keyOptions,
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
		...keyOptions,
	],
	examples: [
		"cutover notice --window 2027-06-06T02:00:00Z --groups all_users,support_team,management --stack prod",
	],
	async run(options) {
		return await (await doors()).giveNotice(withKey(options));
	},
};

const entryOptions: readonly OptionSpec[] = [
	{ flags: "--holder <name>", text: "person or machine, for the trust file" },
	{ flags: "--role <role>", text: "its role, for the trust file" },
];

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
		...entryOptions,
	],
	examples: [
		'cutover key create --signing-key-file ~/cto.pem --holder "Ada Example" --role CTO',
	],
	async run(options) {
		return await (await doors()).createKey(options);
	},
};

const keyShow: Verb = {
	name: "key show",
	phase,
	isRecorded: false,
	summary: "print the public half of a key in a file or an agent",
	options: [...keyOptions, ...entryOptions],
	notes: [
		"An agent keeps the private key to itself: ssh-keygen -t ed25519 makes one, ssh-add -c adds it so that every signature is asked for.",
	],
	examples: [
		'cutover key show --signing-agent-key "ada@example.com" --holder "Ada Example" --role CTO',
	],
	async run(options) {
		return await (await doors()).showKey(withKey(options));
	},
};

/** What GO rests on, and the word itself. */
export const goliveVerbs: readonly Verb[] = [
	keyCreate,
	keyShow,
	...evidenceVerbs,
	attestVerb,
	noticeVerb,
	waiveVerb,
	approveVerb,
	decideVerb,
];
