import assert from "node:assert/strict";
import type { Outcome } from "../../../cutover/src/outcome.ts";
import type { Metric } from "../../../cutover/src/perf/baseline.ts";
import {
	compareFigures,
	judgeChange,
	leastRounds,
} from "../../../cutover/src/perf/judge.ts";
import { baselineOf, metricOf, normals } from "./distributions.ts";

const certainty = { paired: true, looks: 1, errorShare: 0.01 };
const tails = { pass: 0.05, fail: 0.01 };
const percent = (share: number, error: number) => ({
	log: Math.log(1 + share / 100),
	error: error / 100,
	freedom: 20,
});

describe("the verdict on one metric", () => {
	const table: readonly (readonly [
		what: string,
		better: Metric["better"],
		change: number,
		error: number,
		outcome: Outcome,
	])[] = [
		["no change, sharply measured", "lower", 0, 1, "passed"],
		["no change, hardly measured", "lower", 0, 15, "inconclusive"],
		["a little worse", "lower", 10, 2, "passed"],
		["just below the threshold", "lower", 19, 2, "inconclusive"],
		["just above the threshold", "lower", 21, 2, "inconclusive"],
		["much worse", "lower", 30, 2, "failed"],
		["much worse, hardly measured", "lower", 30, 15, "inconclusive"],
		["much better", "lower", -60, 2, "passed"],
		["much better, hardly measured", "lower", -60, 20, "passed"],
		["more throughput", "higher", 80, 2, "passed"],
		["less throughput", "higher", -30, 2, "failed"],
		["a little less throughput", "higher", -10, 2, "passed"],
		["a sixth less throughput", "higher", -16.7, 2, "inconclusive"],
	];
	for (const [what, better, change, error, outcome] of table) {
		it(`is ${outcome} for ${what} (${change} %, ± ${error} %, ${better} is better)`, () => {
			const metric = { better, threshold: 0.2 };
			assert.equal(
				judgeChange(percent(change, error), metric, tails).outcome,
				outcome,
			);
		});
	}
});

/** Rounds about a value, with so much noise (a share). */
const rounds = (value: number, noise: number, seed: number, count = 20) =>
	normals(seed, count).map((one) => value * Math.exp(noise * one));

describe("the verdict on a comparison", () => {
	const compare = (
		before: Readonly<Record<string, Metric>>,
		after: Readonly<Record<string, Metric>>,
		more: Parameters<typeof baselineOf>[1] = {},
	) => compareFigures(baselineOf(before), baselineOf(after, more), certainty);
	const steady = metricOf(rounds(10, 0.02, 1));

	it("passes when every deciding metric surely stays within the threshold", () => {
		const found = compare(
			{ a: steady, b: steady },
			{ a: metricOf(rounds(10.5, 0.02, 2)), b: metricOf(rounds(4, 0.02, 3)) },
		);
		assert.equal(found.outcome, "passed");
		assert.deepEqual(
			found.metrics.map(({ outcome }) => outcome),
			["passed", "passed"],
		);
	});

	it("fails by one metric, also when another is undecided", () => {
		const found = compare(
			{ a: steady, b: steady },
			{ a: metricOf(rounds(14, 0.02, 2)), b: metricOf(rounds(12, 0.05, 3)) },
		);
		assert.equal(found.outcome, "failed");
		assert.deepEqual(
			found.metrics.map(({ outcome }) => outcome),
			["failed", "inconclusive"],
		);
	});

	it("is inconclusive when one metric is", () => {
		const found = compare(
			{ a: steady, b: steady },
			{ a: metricOf(rounds(10, 0.02, 2)), b: metricOf(rounds(12, 0.05, 3)) },
		);
		assert.equal(found.outcome, "inconclusive");
	});

	it(`is inconclusive with fewer than ${leastRounds} rounds, and says how many there were`, () => {
		const few = metricOf(rounds(10, 0.001, 1, leastRounds - 1));
		const found = compare({ a: few }, { a: few });
		assert.equal(found.outcome, "inconclusive");
		assert.equal(
			found.metrics[0]?.reason,
			`too few samples: ${leastRounds - 1} rounds of at least ${leastRounds}`,
		);
		const none = compare(
			{ a: metricOf([], { value: 3 }) },
			{ a: metricOf([], { value: 4 }) },
		);
		assert.equal(none.outcome, "inconclusive");
		assert.equal(none.metrics[0]?.interval, undefined);
	});

	it("is inconclusive when nothing decides", () => {
		const reported = metricOf(rounds(10, 0.02, 1), { decides: false });
		assert.equal(
			compare({ a: reported }, { a: reported }).outcome,
			"inconclusive",
		);
		assert.equal(compare({}, {}).outcome, "inconclusive");
	});

	it("lets an alarm fail it, and never waits for one to pass", () => {
		const alarm = { decides: false, alarms: true };
		const before = { a: steady, tail: metricOf(rounds(50, 0.3, 4), alarm) };
		assert.equal(
			compare(before, { a: steady, tail: metricOf(rounds(50, 0.3, 5), alarm) })
				.outcome,
			"passed",
		);
		assert.equal(
			compare(before, { a: steady, tail: metricOf(rounds(500, 0.3, 5), alarm) })
				.outcome,
			"failed",
		);
	});

	it("judges a side that was still warming up by what it came to", () => {
		const settling = (count: number) =>
			metricOf(
				rounds(10, 0.02, 2, count).map(
					(value, round) => value * (round < count / 2 ? 1.8 : 1.02),
				),
			);
		const same = (count: number) => metricOf(rounds(10, 0.02, 1, count));
		assert.notEqual(
			compare({ a: same(16) }, { a: settling(16) }).outcome,
			"failed",
		);
		const found = compare({ a: same(30) }, { a: settling(30) });
		assert.equal(found.outcome, "passed");
		assert.ok(Math.abs(found.metrics[0]?.change ?? 1) < 0.05);
	});

	it("fails a side that became slow on the way", () => {
		const slowing = metricOf(
			rounds(10, 0.02, 2, 30).map(
				(value, round) => value * (round < 15 ? 1 : 1.6),
			),
		);
		const found = compare(
			{ a: metricOf(rounds(10, 0.02, 1, 30)) },
			{ a: slowing },
		);
		assert.equal(found.outcome, "failed");
	});

	it("is not failed by what is only reported", () => {
		const reported = { decides: false };
		const found = compare(
			{ a: steady, b: metricOf(rounds(10, 0.02, 1), reported) },
			{ a: steady, b: metricOf(rounds(90, 0.02, 1), reported) },
		);
		assert.equal(found.outcome, "passed");
	});

	it("is inconclusive when a deciding metric was measured before only", () => {
		const found = compare({ a: steady, b: steady }, { a: steady });
		assert.equal(found.outcome, "inconclusive");
		assert.deepEqual(found.incomparable, [
			"b was measured before and not after",
		]);
	});

	it("does not compare what was measured differently, also when it would fail", () => {
		const found = compare(
			{ a: steady },
			{ a: metricOf(rounds(30, 0.02, 2)) },
			{
				fingerprint: {
					generator: "generator 2",
					vantage: "host: 2 cores",
					scenario: "abc",
				},
			},
		);
		assert.equal(found.outcome, "inconclusive");
		assert.deepEqual(found.incomparable, [
			"load generator differs: generator 1 before, generator 2 after",
		]);
	});

	it("fails by errors after, and has nothing to compare with when there were errors before", () => {
		const errors = { workflows: { asked: 1000, failed: 20 } };
		const metrics = { a: steady };
		assert.equal(compare(metrics, metrics, { errors }).outcome, "failed");
		const sick = compareFigures(
			baselineOf(metrics, { errors }),
			baselineOf(metrics, { errors }),
			certainty,
		);
		assert.equal(sick.outcome, "inconclusive");
		assert.equal(
			sick.errors[0]?.reason,
			"too many errors before: nothing to compare with",
		);
	});
});

describe("how often a verdict is wrong", () => {
	/** Verdicts on 100 made-up comparisons whose rounds scatter by so much. */
	function verdicts(
		factor: number,
		noise: number,
		paired: boolean,
	): Readonly<Partial<Record<Outcome, number>>> {
		const counts: Partial<Record<Outcome, number>> = {};
		for (let nth = 0; nth < 100; nth += 1) {
			const make = (value: number, seed: number) =>
				baselineOf(
					Object.fromEntries(
						["a", "b", "c", "d"].map((name, at) => [
							name,
							metricOf(rounds(value, noise, 1000 * seed + 10 * nth + at)),
						]),
					),
				);
			const { outcome } = compareFigures(make(10, 1), make(10 * factor, 2), {
				...certainty,
				paired,
			});
			counts[outcome] = (counts[outcome] ?? 0) + 1;
		}
		return counts;
	}

	it("passes the same and fails what is 30 % slower, at the noise of a quiet machine", () => {
		assert.deepEqual(verdicts(1, 0.04, true), { passed: 100 });
		assert.deepEqual(verdicts(1.3, 0.04, true), { failed: 100 });
		assert.deepEqual(verdicts(1, 0.04, false), { passed: 100 });
		assert.deepEqual(verdicts(1.3, 0.04, false), { failed: 100 });
	});

	it("becomes undecided, not wrong, at the noise of a busy one", () => {
		assert.equal(verdicts(1, 0.4, true).failed ?? 0, 0);
		assert.equal(verdicts(1.3, 0.4, true).passed ?? 0, 0);
	});

	it("hardly ever fails or passes what lies exactly on the threshold", () => {
		const found = verdicts(1.2, 0.05, true);
		assert.ok((found.failed ?? 0) <= 10, JSON.stringify(found));
		assert.ok((found.passed ?? 0) <= 2, JSON.stringify(found));
	});
});
