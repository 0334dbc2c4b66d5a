import type { Talk } from "../console.ts";
import { reasonOf } from "../errors.ts";
import type { Check, Result } from "../outcome.ts";

/** The verbs that prove something, and what their results are evidence of. */
const kindsOfVerbs: Readonly<Record<string, string>> = {
	convert: "conversion",
	validate: "validation",
	"backup drill": "backup-drill",
	"check smoke": "smoke",
	"check before": "check-before",
	"check after": "check-after",
	"perf baseline": "baseline",
	"perf compare": "performance",
	uat: "acceptance",
	rehearse: "rehearsal",
};

/**
 * Records a verb's result as evidence where CUTOVER_EVIDENCE says where to. The result stays what it is: whether evidence
 * could be kept says nothing about the work, and what is not recorded is NOT_RUN to whoever decides.
 */
export async function withEvidence(
	verb: string,
	result: Result,
	startedAt: Date,
	talk: Talk,
): Promise<Result> {
	const kind = kindsOfVerbs[verb];
	const evidence = process.env.CUTOVER_EVIDENCE;
	if (kind === undefined || evidence === undefined || evidence === "") {
		return result;
	}
	talk.progress(`recording evidence in ${evidence}`);
	const seconds = () => (Date.now() - startedAt.getTime()) / 1000;
	const finishedAt = new Date();
	let check: Check;
	try {
		const { recordResult } = await import("./doors.mjs");
		const path = await recordResult(kind, result, startedAt, finishedAt);
		check = {
			name: "evidence",
			outcome: "passed",
			expected: `a signed record of ${kind}`,
			actual: path,
			seconds: seconds() - (finishedAt.getTime() - startedAt.getTime()) / 1000,
			required: false,
		};
	} catch (error) {
		const actual = `NO EVIDENCE RECORDED: ${reasonOf(error)}`;
		talk.say(actual);
		check = {
			name: "evidence",
			outcome: "not run",
			expected: `a signed record of ${kind} in ${evidence}`,
			actual,
			seconds: 0,
			required: false,
		};
	}
	return { ...result, checks: [...result.checks, check] };
}
