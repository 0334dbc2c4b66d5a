import type { KindName } from "@trusted-login/golive";
import type { Talk } from "../console.ts";
import { reasonOf } from "../errors.ts";
import type { Check, Result } from "../outcome.ts";

/** The verbs that prove something, and what their results are evidence of. */
const kindsOfVerbs: Readonly<Record<string, KindName>> = {
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
		const path = await record(kind, result, startedAt, finishedAt);
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

async function record(
	kind: KindName,
	result: Result,
	startedAt: Date,
	finishedAt: Date,
): Promise<string> {
	const [settings, parse, keys, recording, stores, numbers] = await Promise.all(
		[
			import("./settings.ts"),
			import("../verbs/parse.ts"),
			import("./keys.ts"),
			import("./record.ts"),
			import("./store.ts"),
			import("./numbers.ts"),
		],
	);
	const { env } = process;
	const given = {
		evidence: env.CUTOVER_EVIDENCE,
		signingKey: env.CUTOVER_SIGNING_KEY,
		signingKeyFile: env.CUTOVER_SIGNING_KEY_FILE,
		stack: env.CUTOVER_STACK,
		release: env.CUTOVER_RELEASE,
		program: env.CUTOVER_PROGRAM,
		programFile: env.CUTOVER_PROGRAM_FILE,
		images: env.CUTOVER_IMAGES,
	};
	const set = Object.fromEntries(
		Object.entries(given).filter(([, value]) => value !== ""),
	);
	const about = parse.parseSettings(settings.aboutSchema, set);
	const { evidence } = parse.parseSettings(settings.placeSchema, set);
	const signingKey = await keys.loadSigningKey(
		parse.parseSettings(settings.signerSchema, set),
	);
	const subject = await recording.subjectOf(about);
	const { stack, release } = about;
	const proven = {
		kind,
		stack,
		release,
		outcome: result.outcome,
		numbers: {
			...numbers.numbersIn(result.facts),
			...numbers.checkNumbers(result.checks),
		},
		result,
		reports: await reportsOf(result),
		startedAt,
		finishedAt,
	};
	return await stores.withEvidenceStore(evidence, async (store) => {
		const signed = await recording.recordEvidence(
			proven,
			subject,
			signingKey,
			store,
		);
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
	const { stat } = await import("node:fs/promises");
	const shared = await Promise.all(
		[...new Set(files)].map(async (file) => {
			const { mode } = await stat(file);
			return (mode & 0o044) === 0 ? [] : [file];
		}),
	);
	return shared.flat();
}
