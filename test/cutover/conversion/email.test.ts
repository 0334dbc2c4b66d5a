import assert from "node:assert/strict";
import fc from "fast-check";
import {
	isValidEmail,
	normalizeEmail,
} from "../../../cutover/src/conversion/email.ts";

describe("normalizeEmail", () => {
	const table: readonly (readonly [string, string])[] = [
		["  Ada@Example.COM\t", "ada@example.com"],
		["\n\r\f\v ada@example.com", "ada@example.com"],
		["a b@example.com", "a b@example.com"],
		["İ@example.com", "İ@example.com"],
	];
	for (const [given, expected] of table) {
		it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(given)}`, () => {
			assert.equal(normalizeEmail(given), expected);
		});
	}

	it("changes nothing the second time", () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				const once = normalizeEmail(text);
				assert.equal(normalizeEmail(once), once);
			}),
		);
	});
});

describe("isValidEmail", () => {
	const valid = [
		"ada@example.com",
		"o'brien+tag@mail.example.co.uk",
		"a.b_c-d@x-1.example",
		`a@${"b".repeat(63)}.com`,
	];
	for (const email of valid) {
		it(`takes ${email}`, () => assert.equal(isValidEmail(email), true));
	}
	const invalid = [
		"",
		"nobody.example.com",
		"nobody@@example.com",
		"no body@example.com",
		"nobody@localhost",
		"nobody@-example.com",
		"nobody@example-.com",
		"nobody@example.-com",
		"nobody@example.com-",
		"nobody@example..com",
		"jürgen@example.com",
		`a@${"b".repeat(64)}.com`,
	];
	for (const email of invalid) {
		it(`refuses ${email || "an empty text"}`, () =>
			assert.equal(isValidEmail(email), false));
	}
});
