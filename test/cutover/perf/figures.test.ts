import assert from "node:assert/strict";
import { figuresOf } from "../../../cutover/src/perf/figures.ts";
import type { RoundSamples } from "../../../cutover/src/perf/rounds.ts";
import { scenarioSchema } from "../../../cutover/src/perf/scenario.ts";

const scenario = scenarioSchema.parse({
	endpoints: [
		{ name: "quick", path: "/quick" },
		{ name: "slow", path: "/slow", threshold: 0.5, decide: [] },
	],
});

const round = (
	probe: string,
	nth: number,
	ms: readonly number[],
	more: Partial<RoundSamples> = {},
): RoundSamples => ({
	round: nth,
	side: "before",
	probe,
	ms,
	asked: ms.length,
	failures: [],
	...more,
});

const figures = (samples: readonly RoundSamples[], side = "before") =>
	figuresOf({
		samples,
		side,
		server: "http://localhost:8007",
		takenAt: new Date("2026-11-25T12:00:00Z"),
		scenario,
		connections: 1,
		fingerprint: { generator: "g", vantage: "v", scenario: "s" },
	});

const hundred = Array.from({ length: 100 }, (_, at) => at + 1);

describe("the figures of a system", () => {
	it("have percentiles and throughput per endpoint, with what decides and by how much", () => {
		const { metrics, errors } = figures([
			round("quick", 0, hundred),
			round("quick", 1, hundred),
			round("slow", 0, [8, 8]),
			round("slow", 1, [8, 8]),
		]);
		assert.equal(metrics["quick p50"]?.value, 50.5);
		assert.equal(metrics["quick p95"]?.value, 95.05);
		assert.equal(metrics["quick p99"]?.value, 99.01);
		assert.equal(metrics["slow throughput"]?.value, 125);
		assert.equal(metrics["slow throughput"]?.better, "higher");
		assert.deepEqual(metrics["quick p50"]?.rounds, [50.5, 50.5]);
		assert.equal(metrics["quick p50"]?.samples, 200);
		assert.deepEqual(
			["quick p50", "quick p95", "slow p50"].map((name) => [
				metrics[name]?.decides,
				metrics[name]?.alarms,
				metrics[name]?.threshold,
			]),
			[
				[true, false, 0.2],
				[false, true, 0.2],
				[false, false, 0.5],
			],
		);
		assert.deepEqual(errors.quick, { asked: 200, failed: 0 });
	});

	it("give no percentile per round where a round has too few samples for one", () => {
		const { metrics } = figures([round("quick", 0, [1, 2, 3])]);
		assert.deepEqual(metrics["quick p50"]?.rounds, [2]);
		assert.equal(metrics["quick p95"]?.rounds, undefined);
		assert.equal(metrics["quick p95"]?.value, 2.9);
	});

	it("have the geometric mean of the medians of all endpoints, of the rounds that asked all", () => {
		const { metrics } = figures([
			round("quick", 0, [2]),
			round("slow", 0, [8]),
			round("quick", 1, [100]),
		]);
		assert.deepEqual(metrics["all endpoints p50"]?.rounds, [4]);
		assert.equal(metrics["all queries p50"], undefined);
	});

	it("leave out a round in which one side did not answer, on both sides", () => {
		const samples = [
			round("quick", 0, [1]),
			round("quick", 0, [], { side: "after", asked: 2, failures: ["a", "b"] }),
			round("quick", 1, [2]),
			round("quick", 1, [3], { side: "after" }),
		];
		assert.deepEqual(figures(samples).metrics["quick p50"]?.rounds, [2]);
		const after = figures(samples, "after");
		assert.deepEqual(after.metrics["quick p50"]?.rounds, [3]);
		assert.deepEqual(after.errors.quick, { asked: 3, failed: 2 });
	});

	it("keep the distribution at every hundredth", () => {
		const { quantiles } = figures([round("quick", 0, hundred)]);
		assert.equal(quantiles?.quick?.length, 101);
		assert.deepEqual(
			[0, 50, 100].map((at) => quantiles?.quick?.[at]),
			[1, 50.5, 100],
		);
	});

	it("are empty when nothing was measured", () => {
		assert.deepEqual(figures([]).metrics, {});
	});
});
