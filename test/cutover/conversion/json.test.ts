import assert from "node:assert/strict";
import {
	fitsNumeric,
	flattenArrays,
	isJsonb,
	isStorable,
	memberNumbers,
} from "../../../cutover/src/conversion/json.ts";
import { seededRandom } from "../../../cutover/src/perf/statistics/random.ts";

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

describe("flattenArrays", () => {
	for (const [json, expected] of [
		["[[[]]]", "[]"],
		['{"a":[[[]]],"b":[[]]}', '{"a":[],"b":[]}'],
		["[[],[]]", "[[],[]]"],
		["[[[1]]]", "[[[1]]]"],
		["[[[]", "[[[]"],
		["[]]]", "[]]]"],
		['{"a":"[[]]","b":[[]]}', '{"a":"[[]]","b":[]}'],
		['"a\\"[[]]"', '"a\\"[[]]"'],
		['["a\\\\",[[]]]', '["a\\\\",[]]'],
		['"[[]]', '"[[]]'],
		["", ""],
	] as const) {
		it(`makes ${json || "nothing"} ${expected || "nothing"}`, () => {
			assert.equal(flattenArrays(json), expected);
		});
	}

	it("changes neither whether a text is JSON nor any value but arrays", () => {
		const random = seededRandom(20261130);
		const pieces = [
			"[",
			"[",
			"]",
			"]",
			"[]",
			"[[]]",
			'"',
			"\\",
			",",
			"1",
			"{",
			"}",
		];
		const pick = () => pieces[Math.floor(random() * pieces.length)] ?? "";
		const read = (json: string) => {
			try {
				return JSON.parse(json, (key, value) =>
					key !== "" && Array.isArray(value) ? "array" : value,
				);
			} catch {
				return "no JSON";
			}
		};
		let taken = 0;
		for (let n = 0; n < 50_000; n += 1) {
			const some = Array.from({ length: 1 + random() * 9 }, pick).join("");
			const json = `{"a":"x","b":${some},"c":1}`;
			const value = read(json);
			if (value !== "no JSON") taken += 1;
			assert.deepEqual(read(flattenArrays(json)), value, json);
		}
		assert.ok(taken > 1_000, String(taken));
	});

	it("takes no longer for each of a million brackets", () => {
		const deep = "[".repeat(500_000);
		assert.equal(flattenArrays(deep + "]".repeat(500_000)), "[]");
		assert.equal(flattenArrays(deep), deep);
		const quotes = '\\"'.repeat(100_000);
		assert.equal(flattenArrays(`"${quotes}[[]]`), `"${quotes}[[]]`);
	});
});

describe("memberNumbers", () => {
	const table: readonly (readonly [string, string, object])[] = [
		[
			"keeps digits that a double does not",
			'{"a": 12345678901234567890.250, "b":-1E+3}',
			{ a: "12345678901234567890.250", b: "-1E+3" },
		],
		["takes the last of a key given twice", '{"a": 1, "a": 2}', { a: "2" }],
		["forgets a number that a later value replaces", '{"a": 1, "a": "2"}', {}],
		[
			"looks at the object's own members alone",
			'{"x": {"a": 1}, "y": [2, {"a": 3}], "a": 4}',
			{ a: "4" },
		],
		[
			"is not taken in by what stands in strings",
			'{"a": "1, \\"b\\": 2", "c": 3, "\\u0064": 4}',
			{ c: "3", d: "4" },
		],
	];
	for (const [what, json, expected] of table) {
		it(what, () => {
			assert.deepEqual(Object.fromEntries(memberNumbers(json)), expected);
		});
	}
});

describe("fitsNumeric", () => {
	for (const [number, expected] of [
		["0e999999", true],
		["1e131071", true],
		["1e131072", false],
		["0.001e131074", true],
		["1e-16383", true],
		["1e-16384", false],
		["1e1073741823", false],
		["-12.50", true],
	] as const) {
		it(`${expected ? "takes" : "refuses"} ${number}`, () => {
			assert.equal(fitsNumeric(number), expected);
		});
	}
});
