import type { Check } from "../../cutover/src/outcome.ts";
import type { Variant } from "./databases.ts";
import { median, type Scaled, type Summary } from "./results.ts";

/** Fewer rows than this say nothing about the goals: what a run costs once weighs too much. */
const fewestRows = 1_000_000;
const scaledRows = 5_000_000;

/**
 * What the conversion has to reach, each with what was measured.
 *
 * @param writtenPerRow rows of all target tables per legacy row: one user becomes four.
 */
export function judgeGoals(
	summaries: readonly Summary[],
	scaled: Scaled | undefined,
	writtenPerRow: number,
): readonly Check[] {
	const of = (variant: Variant, kind: Summary["contender"]["kind"]) =>
		summaries
			.filter((one) => one.variant === variant && one.contender.kind === kind)
			.sort((one, other) => one.seconds - other.seconds)[0];
	const ours = of("own", "ours");
	const live = of("supabase", "ours");
	const peer = of("own", "peer");
	const floor = of("own", "floor");
	const liveFloor = of("supabase", "floor");
	return [
		goal("times as fast as the fastest peer", 1.3, "at least", ours, () =>
			ratio(peer?.seconds, ours?.seconds),
		),
		goal("share of the floor's speed", 0.85, "at least", ours, () =>
			ratio(floor?.seconds, ours?.seconds),
		),
		goal(
			"share of psql | psql into Supabase Auth's tables",
			0.9,
			"at least",
			live,
			() => ratio(liveFloor?.seconds, live?.seconds),
		),
		goal(
			"WAL MB per 1M rows written, indexes deferred",
			350,
			"at most",
			ours,
			() => ratio(ours?.walBytesPerRow, writtenPerRow),
		),
		goal(
			"CPU per row at scale, against fewer rows",
			1.1,
			"at most",
			scaled?.more,
			() => scaled && median(scaled.cpuRatios),
			scaledRows,
		),
		goal(
			"MB resident at scale, Node",
			128,
			"at most",
			scaled?.more,
			() => scaled && scaled.more.clientPeakBytes / 2 ** 20,
			scaledRows,
		),
	];
}

function goal(
	name: string,
	bound: number,
	side: "at least" | "at most",
	subject: Summary | undefined,
	measure: () => number | undefined,
	rows = fewestRows,
): Check {
	const value = subject === undefined ? undefined : measure();
	const base = { name, expected: `${side} ${bound}`, seconds: 0 };
	if (subject === undefined || value === undefined) {
		return { ...base, outcome: "not run", actual: "not measured" };
	}
	const actual = value.toFixed(2);
	if (subject.rows < rows) {
		return {
			...base,
			outcome: "inconclusive",
			actual: `${actual}, on ${subject.rows} rows; meant for ${rows} and more`,
		};
	}
	const isMet = side === "at least" ? value >= bound : value <= bound;
	return { ...base, outcome: isMet ? "passed" : "failed", actual };
}

function ratio(
	of: number | undefined,
	to: number | undefined,
): number | undefined {
	return of === undefined || to === undefined ? undefined : of / to;
}
