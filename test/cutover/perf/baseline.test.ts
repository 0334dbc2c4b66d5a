import assert from "node:assert/strict";
import { parseBaseline } from "../../../cutover/src/perf/baseline.ts";
import { baselineOf, metricOf } from "./distributions.ts";

describe("performance_baseline.json", () => {
	it("is read as it was written", () => {
		const written = baselineOf({ "workflows p50": metricOf([1, 2]) });
		assert.deepEqual(parseBaseline(JSON.stringify(written)), written);
	});

	it("may come from a quick check: value, unit, threshold and samples are enough", () => {
		const metric = { value: 12, unit: "ms", threshold: 0.2, samples: 5 };
		const { metrics } = parseBaseline(
			JSON.stringify({
				schema: "performance-baseline/1",
				takenAt: "2026-11-25T12:00:00Z",
				server: "http://localhost:8007",
				errors: {},
				metrics: { "workflows p50": metric },
			}),
		);
		assert.deepEqual(metrics["workflows p50"], {
			...metric,
			better: "lower",
			decides: true,
			alarms: false,
		});
	});

	it("names what does not fit", () => {
		const wrong = {
			...baselineOf({}),
			metrics: { "a p50": { value: -1, unit: "ms", samples: 1 } },
		};
		assert.throws(
			() => parseBaseline(JSON.stringify(wrong)),
			/expected a performance baseline, got one that does not fit; measure again.*a p50/s,
		);
		assert.throws(
			() => parseBaseline("{"),
			/expected JSON of cutover perf baseline, got something else; measure again/,
		);
	});
});
