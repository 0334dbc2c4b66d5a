import { stat } from "node:fs/promises";
import type { KindName } from "@trusted-login/golive";
import type { Result } from "../outcome.ts";
import { parseSettings } from "../verbs/parse.ts";
import { checkNumbers, numbersIn } from "./numbers.ts";
import { recordEvidence, subjectOf } from "./record.ts";
import { aboutSchema, placeSchema, signerSchema } from "./settings.ts";
import { findSigner } from "./signer.ts";
import { withEvidenceStore } from "./store.ts";

/** Signs and stores a verb's result; stack, release and key come from the environment. Answers the record's name. */
export async function recordResult(
	kind: KindName,
	result: Result,
	startedAt: Date,
	finishedAt: Date,
): Promise<string> {
	const { env } = process;
	const given = {
		evidence: env.CUTOVER_EVIDENCE,
		signingKey: env.CUTOVER_SIGNING_KEY,
		signingKeyFile: env.CUTOVER_SIGNING_KEY_FILE,
		signingAgentKey: env.CUTOVER_SIGNING_AGENT_KEY,
		stack: env.CUTOVER_STACK,
		release: env.CUTOVER_RELEASE,
		program: env.CUTOVER_PROGRAM,
		programFile: env.CUTOVER_PROGRAM_FILE,
		images: env.CUTOVER_IMAGES,
	};
	const set = Object.fromEntries(
		Object.entries(given).filter(([, value]) => value !== ""),
	);
	const about = parseSettings(aboutSchema, set);
	const { evidence } = parseSettings(placeSchema, set);
	const signer = await findSigner(parseSettings(signerSchema, set));
	const subject = await subjectOf(about);
	const { stack, release } = about;
	const proven = {
		kind,
		stack,
		release,
		outcome: result.outcome,
		numbers: {
			...numbersIn(result.facts),
			...checkNumbers(result.checks),
		},
		result,
		reports: await reportsOf(result),
		startedAt,
		finishedAt,
	};
	return await withEvidenceStore(evidence, async (store) => {
		const signed = await recordEvidence(proven, subject, signer, store);
		return signed.key;
	});
}

/**
 * The report files that a verb names. Those in a bucket are kept there, and those that nobody else may read (rows of people)
 * stay where they are; the result itself is kept in any case.
 */
async function reportsOf({ facts }: Result): Promise<readonly string[]> {
	const listed = Array.isArray(facts?.reports) ? facts.reports : [];
	const all: readonly unknown[] = [...listed, facts?.file];
	const files = all.filter(
		(file): file is string =>
			typeof file === "string" && file !== "" && !file.startsWith("s3://"),
	);
	const shared = await Promise.all(
		[...new Set(files)].map(async (file) => {
			const { mode } = await stat(file);
			return (mode & 0o044) === 0 ? [] : [file];
		}),
	);
	return shared.flat();
}
