import assert from "node:assert/strict";
import {
	deprecationFault,
	differences,
	linkFault,
	sunsetFault,
} from "../../../cutover/src/checks/list/apiVersions.ts";

const now = new Date("2026-11-25T12:00:00Z");

describe("what an old API version says about itself", () => {
	it("has a deprecation in Unix seconds", () => {
		assert.equal(deprecationFault("@1796083200"), undefined);
		for (const value of ["true", "1796083200", "@", "@soon"])
			assert.match(deprecationFault(value) ?? "", /expected @ and Unix/);
	});

	it("has a sunset that is an HTTP date in the future", () => {
		assert.equal(sunsetFault("Tue, 01 Jun 2027 00:00:00 GMT", now), undefined);
		for (const [value, fault] of [
			["2027-06-01", /expected an HTTP date/],
			["Tue, 01 Jun 2027 00:00:00 UTC", /expected an HTTP date/],
			// The first of June 2027 is no Monday.
			["Mon, 01 Jun 2027 00:00:00 GMT", /expected an HTTP date/],
			["", /expected an HTTP date/],
			["Wed, 25 Nov 2026 12:00:00 GMT", /is in the past/],
		] as const)
			assert.match(sunsetFault(value, now) ?? "", fault, value);
	});

	it("has a link to its successor, among others and in any spelling of the standard", () => {
		for (const value of [
			'</api/v2>; rel="successor-version"',
			"</api/v2>;rel=successor-version",
			'</docs>; rel="help", </api/v2>; title="a, b"; rel="latest-version successor-version"',
		])
			assert.equal(linkFault(value, "/api/v2"), undefined, value);
		assert.match(
			linkFault('</api/v2>; rel="help"', "/api/v2") ?? "",
			/has no rel="successor-version"/,
		);
		assert.match(
			linkFault('</api/v3>; rel="successor-version"', "/api/v2") ?? "",
			/leads to \/api\/v3, expected \/api\/v2/,
		);
	});
});

describe("the lists of two versions", () => {
	const row = (id: number, name = "a") => ({ id, name });
	for (const [what, old, current, faults] of [
		["are the same", [row(1), row(2)], [row(1), row(2)], []],
		["lack a row", [row(1), row(2)], [row(1)], ["2 is in /v1 only"]],
		["have one more", [row(1)], [row(1), row(2)], ["2 is in /v2 only"]],
		[
			"differ in a field",
			[row(1)],
			[row(1, "b")],
			["1 is not the same in both"],
		],
		[
			"have another order",
			[row(1), row(2)],
			[row(2), row(1)],
			["the order is not the same in both"],
		],
	] as const)
		it(what, () => {
			assert.deepEqual(differences(old, current, "/v1", "/v2"), faults);
		});
});
