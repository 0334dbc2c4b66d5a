import assert from "node:assert/strict";
import { observe } from "../../../../rehearsal/cloud/provider/observe.ts";

describe("what a refresh finds of a resource's inputs", () => {
	const table: readonly [string, unknown, unknown, unknown][] = [
		["is the input where nothing drifted", 5, 5, 5],
		["is what was found where it drifted", 5, 6, 6],
		[
			"leaves out what the service filled in inside an object",
			{ path: "/health" },
			{ path: "/health", interval: 30 },
			{ path: "/health" },
		],
		[
			"leaves out what the service filled in inside a list",
			[{ type: "forward" }],
			[{ type: "forward", order: 1 }],
			[{ type: "forward" }],
		],
		["is the whole list when it has another length", [1], [1, 2], [1, 2]],
		["keeps a drift inside an object", { a: 1 }, { a: 2, b: 3 }, { a: 2 }],
		[
			"takes documents in another order for the same",
			'{"a":1,"b":[2]}',
			'{ "b": [2], "a": 1 }',
			'{"a":1,"b":[2]}',
		],
		[
			"is the found document when it says something else",
			'{"a":1}',
			'{"a":2}',
			'{"a":2}',
		],
		["keeps an input that was not found", "x", undefined, "x"],
	];
	for (const [title, input, found, expected] of table) {
		it(title, () => {
			assert.deepEqual(observe({ value: input }, { value: found, other: 1 }), {
				value: expected,
			});
		});
	}
});
