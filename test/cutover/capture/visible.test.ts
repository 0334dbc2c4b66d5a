import assert from "node:assert/strict";
import { stillInvisible } from "../../../cutover/src/capture/visible.ts";

describe("stillInvisible", () => {
	const table: readonly (readonly [
		string,
		number[],
		{ xmax: bigint; running: bigint[] },
		number[],
	])[] = [
		["one that ended", [10], { xmax: 12n, running: [11n] }, []],
		["one that runs", [10, 11], { xmax: 12n, running: [11n] }, [11]],
		["one not yet begun", [12, 13], { xmax: 12n, running: [] }, [12, 13]],
		[
			"one from before the ids went round",
			[4_294_967_295],
			{ xmax: 2n ** 32n + 5n, running: [] },
			[],
		],
		[
			"one from after the ids went round",
			[3, 4],
			{ xmax: 2n ** 32n + 4n, running: [2n ** 32n + 3n] },
			[3, 4],
		],
		[
			"one just ahead of the round",
			[5],
			{ xmax: 2n ** 32n - 1n, running: [] },
			[5],
		],
	];
	for (const [title, xids, snapshot, expected] of table) {
		it(`judges ${title}`, () => {
			assert.deepEqual(stillInvisible(xids, snapshot), expected);
		});
	}
});
