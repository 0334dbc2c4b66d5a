import assert from "node:assert/strict";
import {
	judge,
	median,
	ms,
	sample,
} from "../../../cutover/src/checks/measure.ts";

const limits = { belowMs: 2_000, changePercent: 20, noiseMs: 5 };

describe("a measured answer", () => {
	for (const [what, value, before, isGood, text] of [
		["is good by itself", 1_999, undefined, true, "1999 ms"],
		["is too slow by itself", 2_000, undefined, false, "2000 ms"],
		[
			"is a little slower than before",
			119,
			100,
			true,
			"119 ms after 100 ms, impact +19.0 %",
		],
		[
			"is much slower than before",
			121,
			100,
			false,
			"121 ms after 100 ms, impact +21.0 %",
		],
		["is faster", 50, 100, true, "50 ms after 100 ms, impact -50.0 %"],
		[
			"differs by what is noise",
			6,
			2,
			true,
			"6.0 ms after 2.0 ms, impact +200.0 %, a difference within 5.0 ms counts as none",
		],
		[
			"is as before and still too slow",
			2_100,
			2_000,
			false,
			"2100 ms after 2000 ms, impact +5.0 %",
		],
	] as const)
		it(what, () => {
			assert.deepEqual(
				judge(
					value,
					before === undefined ? undefined : { value: before },
					limits,
				),
				{ isGood, text },
			);
		});

	it("is the middle of its samples", () => {
		assert.equal(median([3, 1, 2]), 2);
		assert.equal(median([4, 1, 2, 3]), 2.5);
		assert.ok(Number.isNaN(median([])));
		assert.equal(ms(9.96), "10.0 ms");
	});

	it("leaves the first ones out, and stops when the middle cannot get below the limit", async () => {
		const seconds = [9, 9, 9, 0.001, 5, 5, 5, 0.001];
		const taken = await sample(5, 2_000, async () => seconds.shift() ?? 0);
		assert.deepEqual(taken, [1, 5_000, 5_000, 5_000]);
	});
});
