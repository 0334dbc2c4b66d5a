import type { Outcome } from "../outcome.ts";
import type { Baseline, Metric } from "./baseline.ts";
import { differences } from "./fingerprint.ts";
import {
	boundsOf,
	type Estimate,
	estimateApart,
	estimatePaired,
} from "./statistics/estimate.ts";

/** Rounds below which nothing is decided: fewer say little about how much they scatter. */
export const leastRounds = 12;

/** How sure a verdict is. */
export interface Certainty {
	/** Both sides were measured in the same rounds. */
	readonly paired: boolean;
	/** How often the samples are looked at before the end; each look is another chance to be fooled. */
	readonly looks: number;
	/** Most answers that may be errors, as a share. */
	readonly errorShare: number;
	/** Default: 1. */
	readonly seed?: number;
}

/** One metric, before and after. */
export interface ComparedMetric {
	readonly name: string;
	readonly unit: string;
	readonly better: Metric["better"];
	readonly threshold: number;
	readonly decides: boolean;
	readonly alarms: boolean;
	readonly before: Pick<Metric, "value" | "interval" | "samples">;
	readonly after: Pick<Metric, "value" | "interval" | "samples">;
	/** From before to after as a share: 0.1 is 10 % more. */
	readonly change: number;
	/** Bounds of the change at 95 %; undefined when there are too few rounds. */
	readonly interval: readonly [number, number] | undefined;
	readonly outcome: Outcome;
	readonly reason: string;
}

export interface ErrorVerdict {
	readonly probe: string;
	readonly before: number;
	readonly after: number;
	readonly outcome: Outcome;
	readonly reason: string;
}

export interface Comparison {
	readonly outcome: Outcome;
	readonly metrics: readonly ComparedMetric[];
	readonly errors: readonly ErrorVerdict[];
	/** Why the two cannot be compared at all; empty when they can. */
	readonly incomparable: readonly string[];
}

/**
 * Compares two sets of figures. Failed as soon as one deciding metric is surely worse by more than its threshold, passed
 * when all of them surely are not, and inconclusive otherwise.
 *
 * "Surely": 5 % for the whole. A pass needs every metric to pass, which makes it safe by itself; a failure needs only
 * one, so each gets its share of the 5 %; both are shared out over the looks.
 */
export function compareFigures(
	before: Baseline,
	after: Baseline,
	certainty: Certainty,
): Comparison {
	const incomparable = differences(before.fingerprint, after.fingerprint);
	const names = Object.keys(before.metrics).filter(
		(name) => after.metrics[name] !== undefined,
	);
	const deciding = names.filter((name) => before.metrics[name]?.decides).length;
	const failing = names.filter(
		(name) => before.metrics[name]?.decides || before.metrics[name]?.alarms,
	).length;
	const tails = {
		pass: 0.05 / certainty.looks,
		fail: 0.05 / (certainty.looks * Math.max(1, failing)),
	};
	const metrics = names.flatMap((name) => {
		const [one, other] = [before.metrics[name], after.metrics[name]];
		return one === undefined || other === undefined
			? []
			: [compareMetric(name, one, other, tails, certainty)];
	});
	const errors = compareErrors(before, after, certainty.errorShare);
	const missing = Object.keys(before.metrics).filter(
		(name) =>
			before.metrics[name]?.decides && after.metrics[name] === undefined,
	);
	const outcomes = [
		...metrics
			.filter(
				({ decides, alarms, outcome }) =>
					decides || (alarms && outcome === "failed"),
			)
			.map(({ outcome }) => outcome),
		...errors.map(({ outcome }) => outcome),
		...(missing.length > 0 ? ["inconclusive" as const] : []),
	];
	return {
		outcome:
			incomparable.length > 0 ? "inconclusive" : worst(outcomes, deciding),
		metrics,
		errors,
		incomparable: [
			...incomparable,
			...missing.map((name) => `${name} was measured before and not after`),
		],
	};
}

function worst(outcomes: readonly Outcome[], deciding: number): Outcome {
	if (outcomes.includes("failed")) return "failed";
	return outcomes.includes("inconclusive") || deciding === 0
		? "inconclusive"
		: "passed";
}

function compareMetric(
	name: string,
	before: Metric,
	after: Metric,
	tails: { readonly pass: number; readonly fail: number },
	certainty: Certainty,
): ComparedMetric {
	const base = {
		name,
		unit: before.unit,
		better: before.better,
		threshold: before.threshold,
		decides: before.decides,
		alarms: before.alarms,
		before: shown(before),
		after: shown(after),
	};
	const rounds = Math.min(
		before.rounds?.length ?? 0,
		after.rounds?.length ?? 0,
	);
	const found =
		rounds < 4 ? undefined : estimateChange(before, after, certainty);
	const estimate = found?.all;
	if (found === undefined || estimate === undefined || rounds < leastRounds) {
		return {
			...base,
			change: after.value / Math.max(before.value, 1e-6) - 1,
			interval: estimate && shareBounds(estimate, 0.025),
			outcome: "inconclusive",
			reason: `too few samples: ${rounds} rounds of at least ${leastRounds}`,
		};
	}
	return {
		...base,
		change: Math.exp(estimate.log) - 1,
		interval: shareBounds(estimate, 0.025),
		...confirmed(judgeChange(estimate, before, tails), found.later, before),
	};
}

interface Verdict {
	readonly outcome: Outcome;
	readonly reason: string;
}

function shown({ value, interval, samples }: Metric): ComparedMetric["before"] {
	return { value, samples, ...(interval !== undefined && { interval }) };
}

/**
 * Where the interval lies: below the threshold, above it, or across it. For what is better when higher the threshold is
 * the same factor downwards: 20 % slower is 1/1.2 of the throughput.
 */
export function judgeChange(
	estimate: Estimate,
	metric: Pick<Metric, "better" | "threshold">,
	tails: { readonly pass: number; readonly fail: number },
): Verdict {
	const worse =
		metric.better === "lower" ? estimate : { ...estimate, log: -estimate.log };
	const limit = 1 + metric.threshold;
	if (boundsOf(worse, tails.fail)[0] > limit) {
		return { outcome: "failed", reason: "surely worse than the threshold" };
	}
	if (boundsOf(worse, tails.pass)[1] < limit) {
		return { outcome: "passed", reason: "surely within the threshold" };
	}
	return {
		outcome: "inconclusive",
		reason: "the interval lies across the threshold",
	};
}

/** Nothing fails by what it was at first: the later half alone must show it too. */
function confirmed(
	verdict: Verdict,
	later: Estimate,
	{ better, threshold }: Metric,
): Verdict {
	const worse = better === "lower" ? later.log : -later.log;
	return verdict.outcome === "failed" && worse < Math.log(1 + threshold)
		? { outcome: "inconclusive", reason: "worse at first, and no more" }
		: verdict;
}

/** What is known of a change, of all rounds and of the later half alone. */
interface Change {
	readonly all: Estimate;
	readonly later: Estimate;
}

function estimateChange(
	before: Metric,
	after: Metric,
	{ paired, seed = 1 }: Certainty,
): Change {
	const [one, other] = [before.rounds ?? [], after.rounds ?? []];
	if (!paired || one.length !== other.length) {
		const all = estimateApart(one, other, {
			// Alone, a round is like its neighbours: several together are one piece of evidence.
			together: Math.ceil(Math.sqrt(Math.min(one.length, other.length))),
			seed,
		});
		return { all, later: all };
	}
	const of = (from: number, to: number) =>
		estimatePaired(one.slice(from, to), other.slice(from, to), {
			together: 2,
			seed,
		});
	const half = Math.floor(one.length / 2);
	const [earlier, later] = [of(0, half), of(half, one.length)];
	const drift = Math.abs(later.log - earlier.log);
	const isSettling = drift > 2.5 * Math.hypot(earlier.error, later.error);
	// A side that was still getting faster, or slower, is judged by what it came to.
	return isSettling && one.length - half >= leastRounds
		? { all: later, later }
		: { all: of(0, one.length), later };
}

function shareBounds(
	estimate: Estimate,
	tail: number,
): readonly [number, number] {
	const [low, high] = boundsOf(estimate, tail);
	return [low - 1, high - 1];
}

function compareErrors(
	before: Baseline,
	after: Baseline,
	most: number,
): readonly ErrorVerdict[] {
	return Object.keys(before.errors)
		.filter((probe) => after.errors[probe] !== undefined)
		.map((probe) => {
			const [was, is] = [before, after].map(({ errors }) => {
				const { asked, failed } = errors[probe] ?? { asked: 0, failed: 0 };
				return asked === 0 ? 0 : failed / asked;
			});
			const shown = { probe, before: was ?? 0, after: is ?? 0 };
			if (shown.before > most) {
				return {
					...shown,
					outcome: "inconclusive" as const,
					reason: "too many errors before: nothing to compare with",
				};
			}
			return shown.after > most
				? {
						...shown,
						outcome: "failed" as const,
						reason: "too many errors after",
					}
				: { ...shown, outcome: "passed" as const, reason: "few or no errors" };
		});
}
