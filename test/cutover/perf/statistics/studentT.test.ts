import assert from "node:assert/strict";
import { studentT } from "../../../../cutover/src/perf/statistics/studentT.ts";

describe("Student's t", () => {
	// From printed tables.
	const table: readonly (readonly [number, number, number])[] = [
		[0.025, 1, 12.706],
		[0.025, 2, 4.303],
		[0.05, 5, 2.015],
		[0.025, 10, 2.228],
		[0.005, 7, 3.499],
		[0.001, 15, 3.733],
		[0.0005, 30, 3.646],
		[0.025, 1000, 1.962],
	];
	for (const [tail, freedom, value] of table) {
		it(`exceeds ${value} with probability ${tail} at ${freedom} degrees of freedom`, () => {
			assert.equal(studentT(tail, freedom).toFixed(3), value.toFixed(3));
		});
	}

	it("exceeds 0 half of the time", () => {
		assert.ok(Math.abs(studentT(0.5, 9)) < 1e-9);
	});
});
