import { type KindName, kindOf } from "@trusted-login/golive";
import { readText } from "@trusted-login/golive/read";
import { z } from "zod";
import { RefusedError } from "../errors.ts";
import type { Outcome, Result } from "../outcome.ts";
import { checkNumbers, numbersIn } from "./numbers.ts";
import { recordEvidence, subjectOf } from "./record.ts";
import type { RecordSettings } from "./settings.ts";
import { findSigner } from "./signer.ts";
import { withEvidenceStore } from "./store.ts";

const outcome = z.enum(["passed", "failed", "inconclusive", "not run"]);
const ours = z.looseObject({
	outcome,
	checks: z.array(z.looseObject({ outcome, required: z.boolean().optional() })),
});
const counts = z.looseObject({
	passes: z.int().min(0),
	failures: z.int().min(0),
});
const named = z.looseObject({ outcome });

/** Records a result that a program wrote into a file: ours, a test run's, or any with an outcome and numbers. */
export async function recordFromFile(
	settings: RecordSettings,
): Promise<Result> {
	const started = performance.now();
	const kind = settings.kind as KindName;
	const result = await readResult(settings.result);
	const signer = await findSigner(settings);
	const subject = await subjectOf(settings);
	const { stack, release } = settings;
	const now = new Date();
	const found = readNumbers(result, settings.result);
	const signed = await withEvidenceStore(settings.evidence, (store) =>
		recordEvidence(
			{
				kind,
				stack,
				release,
				...found,
				result,
				reports: settings.reports ?? [],
				startedAt: now,
				finishedAt: now,
				expiresDays: settings.expiresDays,
			},
			subject,
			signer,
			store,
		),
	);
	return {
		outcome: "passed",
		checks: [
			{
				name: "evidence",
				outcome: "passed",
				expected: `a signed record of ${kind}`,
				actual: `${kind} ${found.outcome}, ${signed.key}`,
				seconds: (performance.now() - started) / 1000,
			},
		],
		next: `Recorded ${kind} (${found.outcome}) of ${stack} for release ${release}, good for ${settings.expiresDays ?? kindOf(kind).days} days; next: cutover decide --stack ${stack}`,
		facts: { record: signed.key },
	};
}

async function readResult(file: string): Promise<unknown> {
	try {
		return JSON.parse(await readText(file));
	} catch (error) {
		throw new RefusedError(
			`expected a result in JSON in ${file}: ${error instanceof Error ? error.message : error}`,
			{ cause: error },
		);
	}
}

function readNumbers(
	result: unknown,
	file: string,
): {
	readonly outcome: Outcome;
	readonly numbers: Readonly<Record<string, number>>;
} {
	const own = ours.safeParse(result);
	if (own.success) {
		const { outcome, checks } = own.data;
		const numbers = {
			...numbersIn(result),
			...checkNumbers(
				checks.map((check) => ({
					outcome: check.outcome,
					...(check.required === undefined ? {} : { required: check.required }),
				})),
			),
		};
		return { outcome, numbers };
	}
	const run = counts.safeParse(result);
	if (run.success) {
		const { passes, failures } = run.data;
		return {
			outcome: failures === 0 && passes > 0 ? "passed" : "failed",
			numbers: { testsPassed: passes, testsFailed: failures },
		};
	}
	const any = named.safeParse(result);
	if (any.success) {
		return { outcome: any.data.outcome, numbers: numbersIn(result) };
	}
	throw new RefusedError(
		`expected {"outcome", "checks"} or {"passes", "failures"} in ${file}, got something else; a command's --json writes the first`,
	);
}
