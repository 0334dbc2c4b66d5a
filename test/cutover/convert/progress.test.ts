import assert from "node:assert/strict";
import {
	durationText,
	progressText,
} from "../../../cutover/src/convert/progress.ts";

describe("progressText", () => {
	it("tells share, rate and time left", () => {
		assert.equal(
			progressText(50_000, 200_000, 2),
			" 25 % 50,000 of 200,000 rows, 25,000 rows/s, 6.0 s left",
		);
	});

	it("does not guess before the first rows are through", () => {
		assert.equal(
			progressText(0, 10, 0),
			"  0 % 0 of 10 rows, 0 rows/s, unknown left",
		);
	});
});

describe("durationText", () => {
	const table: readonly (readonly [number, string])[] = [
		[0.04, "0.0 s"],
		[9.94, "9.9 s"],
		[12.4, "12 s"],
		[185, "3 min 05 s"],
		[7_800, "2 h 10 min"],
	];
	for (const [seconds, expected] of table) {
		it(`writes ${seconds} seconds as ${expected}`, () =>
			assert.equal(durationText(seconds), expected));
	}
});
