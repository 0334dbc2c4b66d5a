import assert from "node:assert/strict";
import { portions } from "../../../cutover/src/convert/catchUp.ts";

describe("portions", () => {
	const cut = (ids: Record<string, number[]>, size: number) =>
		portions(
			["users", "workflows"],
			new Map(
				Object.entries(ids).map(([table, list]) => [table, new Set(list)]),
			),
			size,
		).map((portion) =>
			Object.fromEntries([...portion].map(([table, set]) => [table, [...set]])),
		);

	it("keeps what fits in one portion together", () => {
		assert.deepEqual(cut({ workflows: [3], users: [1, 2] }, 3), [
			{ users: [1, 2], workflows: [3] },
		]);
	});

	it("takes owners first when there is more", () => {
		assert.deepEqual(cut({ workflows: [3, 4], users: [1, 2, 5] }, 2), [
			{ users: [1, 2] },
			{ users: [5], workflows: [3] },
			{ workflows: [4] },
		]);
	});

	it("has no portion for nothing", () => {
		assert.deepEqual(cut({}, 2), []);
	});
});
