import assert from "node:assert/strict";
import fc from "fast-check";
import { cutRanges } from "../../../cutover/src/convert/plan.ts";

describe("cutRanges", () => {
	it("ends the last range behind the highest id", () => {
		assert.deepEqual(cutRanges("workflows", [1, 51], 70, 60, 50), [
			{ table: "workflows", from: 1, to: 51, rows: 50 },
			{ table: "workflows", from: 51, to: 71, rows: 10 },
		]);
	});

	it("covers every id exactly once, however sparse the ids are", () => {
		const ids = fc.uniqueArray(fc.integer({ min: -1000, max: 100_000 }), {
			minLength: 1,
			maxLength: 200,
		});
		fc.assert(
			fc.property(ids, fc.integer({ min: 1, max: 50 }), (unsorted, size) => {
				const sorted = unsorted.toSorted((a, b) => a - b);
				const firsts = sorted.filter((_, index) => index % size === 0);
				const last = sorted.at(-1) ?? 0;
				const ranges = cutRanges(
					"workflows",
					firsts,
					last,
					sorted.length,
					size,
				);
				for (const id of sorted) {
					const holders = ranges.filter(
						({ from, to }) => id >= from && id < to,
					);
					assert.equal(holders.length, 1);
				}
				assert.equal(
					ranges.reduce((sum, range) => sum + range.rows, 0),
					sorted.length,
				);
			}),
		);
	});
});
