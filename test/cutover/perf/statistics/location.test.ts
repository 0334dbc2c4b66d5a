import assert from "node:assert/strict";
import fc from "fast-check";
import {
	ascending,
	keptByTrimming,
	quantile,
	trimmedMean,
} from "../../../../cutover/src/perf/statistics/location.ts";

const times = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), {
	minLength: 1,
	maxLength: 60,
});

describe("where a series of times lies", () => {
	it("finds quantiles between two values in proportion", () => {
		const sorted = [1, 2, 3, 4, 5];
		assert.deepEqual(
			[0, 0.25, 0.5, 0.6, 1].map((share) => quantile(sorted, share)),
			[1, 2, 3, 3.4, 5],
		);
		assert.equal(quantile([7], 0.95), 7);
		assert.ok(Number.isNaN(quantile([], 0.5)));
	});

	it("has quantiles that grow with their share and stay within the series", () => {
		fc.assert(
			fc.property(times, (values) => {
				const sorted = ascending(values);
				const found = [0, 0.1, 0.5, 0.95, 0.99, 1].map((share) =>
					quantile(sorted, share),
				);
				for (const [at, value] of found.entries()) {
					assert.ok(value >= (found[at - 1] ?? 0) - 1e-9);
				}
				assert.equal(found[0], Math.min(...values));
				assert.equal(found.at(-1), Math.max(...values));
			}),
		);
	});

	it("leaves a fifth at either end out of the mean, however far it lies", () => {
		assert.equal(trimmedMean([1, 2, 3, 4, 5]), 3);
		assert.equal(trimmedMean([-1e9, 2, 3, 4, 1e9]), 3);
		assert.equal(trimmedMean([1, 3]), 2);
		assert.equal(keptByTrimming(12), 8);
	});

	it("sorts a copy and leaves the series alone", () => {
		const values = [3, 1, 2];
		assert.deepEqual([...ascending(values)], [1, 2, 3]);
		assert.deepEqual(values, [3, 1, 2]);
	});
});
