import assert from "node:assert/strict";
import { isJsonb, isStorable } from "../../../cutover/src/conversion/json.ts";

describe("isJsonb", () => {
	const table: readonly (readonly [string, string, boolean])[] = [
		["an object", '{"a": [1, {"b": null}]}', true],
		["a scalar", "1", true],
		["an escaped pair", '"\\ud83d\\ude00"', true],
		["an escaped NUL", '"\\u0000"', false],
		["an escaped NUL in a key", '{"\\u0000": 1}', false],
		["half of a pair", '"\\ud83d"', false],
		["a backslash before u0000", '"\\\\u0000"', true],
		["an exponent beyond numeric", "1e1000000", false],
		["deep nesting", `${"[".repeat(2000)}${"]".repeat(2000)}`, false],
		["nothing", "", false],
		["single quotes", "{'a': 1}", false],
	];
	for (const [what, text, expected] of table) {
		it(`${expected ? "takes" : "refuses"} ${what}`, () => {
			assert.equal(isJsonb(text), expected);
		});
	}
});

describe("isStorable", () => {
	it("refuses NUL and halves of surrogate pairs only", () => {
		assert.equal(isStorable("a\u0000"), false);
		assert.equal(isStorable("\ud800"), false);
		assert.equal(isStorable("👩‍🚀 ü"), true);
	});
});
