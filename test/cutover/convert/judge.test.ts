import assert from "node:assert/strict";
import fc from "fast-check";
import { cutIds } from "../../../cutover/src/convert/judge.ts";

/** The parts, of `t.id >= a AND t.id < b`, that hold an id. */
const holding = (conditions: readonly string[], id: bigint) =>
	conditions.filter((condition) => {
		const [from = 0n, to = 0n] = [...condition.matchAll(/-?\d+/g)].map(
			([digits]) => BigInt(digits),
		);
		return id >= from && id < to;
	});

describe("users in parts", () => {
	it("have every id in exactly one part, and no more parts than asked for", () => {
		const id = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
		fc.assert(
			fc.property(
				fc.array(id, { minLength: 1, maxLength: 20 }),
				fc.integer({ min: 1, max: 40 }),
				(ids, parts) => {
					const sorted = [...ids].sort((a, b) => (a < b ? -1 : 1));
					const [first = 0n] = sorted;
					const last = sorted.at(-1) ?? 0n;
					const conditions = cutIds(first, last, parts);
					assert.ok(conditions.length <= parts);
					for (const one of ids) {
						assert.equal(holding(conditions, one).length, 1, String(one));
					}
				},
			),
		);
	});

	it("are one part where there is one user", () => {
		assert.deepEqual(cutIds(7n, 7n, 16), ["t.id >= 7 AND t.id < 8"]);
	});
});
