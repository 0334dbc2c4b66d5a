import assert from "node:assert/strict";
import { median } from "../../../bench/policies/measure.ts";

describe("median", () => {
	const cases: [number[], number][] = [
		[[3, 1, 2], 2],
		[[4, 1, 3, 2], 2.5],
		[[7], 7],
	];
	for (const [values, expected] of cases) {
		it(`of ${values.join(", ")} is ${expected}`, () => {
			assert.equal(median(values), expected);
		});
	}

	it("of nothing is no number", () => {
		assert.ok(Number.isNaN(median([])));
	});
});
