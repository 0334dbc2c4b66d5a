import type { OptionSpec } from "./verb.ts";

export const evidenceOption: OptionSpec = {
	flags: "--evidence <place>",
	env: "CUTOVER_EVIDENCE",
	text: "folder or s3://bucket/prefix of the evidence, outside the repository",
};
/** Where the key to sign with is. */
export const keyOptions: readonly OptionSpec[] = [
	{
		flags: "--signing-key-file <file>",
		env: "CUTOVER_SIGNING_KEY_FILE",
		text: "private key to sign with (mode 600), or the key itself in CUTOVER_SIGNING_KEY",
	},
	{
		flags: "--signing-agent-key <name>",
		env: "CUTOVER_SIGNING_AGENT_KEY",
		text: "comment or id of an ed25519 key in the agent at SSH_AUTH_SOCK, instead of a file",
	},
];
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
export const aboutOptions: readonly OptionSpec[] = [
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
export const caseOptions: readonly OptionSpec[] = [
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
export const expiresDaysOption: OptionSpec = {
	flags: "--expires-days <number>",
	text: "days after which it counts no more; golive.yaml may say less",
};

/** A private key is taken from the environment and never from the command line. */
export const withKey = (
	options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => ({
	...options,
	signingKey: process.env.CUTOVER_SIGNING_KEY,
});

/** The verbs' doors to what lies behind them, loaded when one is opened. */
export const doors = async () => await import("../evidence/doors.mjs");
