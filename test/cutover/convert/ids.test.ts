import assert from "node:assert/strict";
import fc from "fast-check";
import { sortedBetween } from "../../../cutover/src/convert/ids.ts";

describe("a part of sorted ids", () => {
	it("is what lies between two bounds, the first of them included", () => {
		const id = fc.integer({ min: -20, max: 20 });
		fc.assert(
			fc.property(fc.uniqueArray(id), id, id, (ids, from, to) => {
				const sorted = ids.toSorted((one, other) => one - other);
				assert.deepEqual(
					sortedBetween(sorted, from, to),
					sorted.filter((one) => one >= from && one < to),
				);
			}),
		);
	});
});
