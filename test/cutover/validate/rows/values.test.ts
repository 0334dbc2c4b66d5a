import assert from "node:assert/strict";
import fc from "fast-check";
import { userUuid } from "../../../../cutover/src/conversion/identity.ts";
import { trustedLogin } from "../../../../cutover/src/conversion/trustedLogin.ts";
import { Digests } from "../../../../cutover/src/validate/rows/digest.ts";
import { expectedEmail } from "../../../../cutover/src/validate/rows/email.ts";
import { showValue } from "../../../../cutover/src/validate/rows/fault.ts";
import {
	type Column,
	createForm,
} from "../../../../cutover/src/validate/rows/forms.ts";
import { createPreferences } from "../../../../cutover/src/validate/rows/preferences.ts";
import {
	idOf,
	idRanges,
	uuidRanges,
} from "../../../../cutover/src/validate/rows/ranges.ts";
import { createUserUuids } from "../../../../cutover/src/validate/rows/uuid.ts";
import {
	nullWire,
	textOf,
	wireOf,
} from "../../../../cutover/src/validate/rows/wire.ts";
import {
	createZone,
	isKnownZone,
} from "../../../../cutover/src/validate/rows/zone.ts";

const namespace = "6f2b1c9e-4d0a-5b7e-9c31-7a1e2d3f4b5c";

describe("values that rows of the target have to have", () => {
	it("are written as COPY writes them", () => {
		assert.equal(wireOf("tab\t back\\ line\n é"), "tab\\t back\\\\ line\\n Ã©");
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				assert.equal(textOf(wireOf(text)), text);
				assert.ok(!/[\t\n]/.test(wireOf(text)));
			}),
		);
	});

	it("hold the UUID that the first implementation gives a user", () => {
		const uuidOf = createUserUuids(namespace);
		fc.assert(
			fc.property(fc.maxSafeNat(), (id) => {
				assert.equal(uuidOf(String(id)), userUuid(id, namespace));
			}),
		);
		assert.equal(uuidOf("7"), "3433d2f8-fbf4-369e-a7fe-c81154b07524");
	});

	for (const [given, expected] of [
		["ada@example.com", "ada@example.com"],
		[" \\t Ada@Example.COM\\n", "ada@example.com"],
		[wireOf("ÄDA@example.com"), wireOf("Äda@example.com")],
		[nullWire, nullWire],
		["", ""],
	] as const) {
		it(`hold the address ${expected} for ${JSON.stringify(given)}`, () => {
			assert.equal(expectedEmail(given), expected);
		});
	}

	for (const [settings, expected] of [
		[nullWire, '{"theme": "light", "notifications": true}'],
		["", '{"theme": "light", "notifications": true}'],
		["[1]", '{"theme": "light", "notifications": true}'],
		["{", '{"theme": "light", "notifications": true}'],
		["{}", '{"theme": "light", "language": "en", "notifications": true}'],
		[
			'{"ui_theme": "dark", "ui_theme": "blue", "email_notifications": false, "lang": null}',
			'{"theme": "blue", "language": "en", "notifications": false}',
		],
		[
			'{"ui_theme": "a\\\\u0000", "lang": "\\\\ud800", "email_notifications": 0}',
			'{"theme": "light", "language": "en", "notifications": true}',
		],
		[
			'{"ui_theme": "\\\\u0064ark", "x": 1e1000000}',
			'{"theme": "dark", "language": "en", "notifications": true}',
		],
		[
			`{"lang": "de", "x": ${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
			'{"theme": "light", "language": "de", "notifications": true}',
		],
	] as const) {
		it(`hold preferences for the settings ${settings.slice(0, 60)}`, () => {
			const preferences = createPreferences(trustedLogin.users.preferences);
			assert.equal(preferences(settings), expected);
			// And again, from memory.
			assert.equal(preferences(settings), expected);
		});
	}

	const column = (type: string, modifier = -1): Column => ({
		name: "x",
		type,
		modifier,
	});
	const utc = createZone("UTC");
	for (const [as, from, to, given, expected] of [
		["varchar(3)", "text", "varchar", "abc", "abc"],
		["varchar(3)", "text", "varchar", wireOf("äöü"), wireOf("äöü")],
		["varchar(3)", "text", "varchar", "abcd", undefined],
		["text", "bool", "text", "t", "true"],
		["text", "bpchar", "text", "a  ", "a"],
		["boolean", "bool", "bool", "f", "f"],
		["boolean", "int4", "bool", "7", "t"],
		["boolean", "text", "bool", " Yes ", "t"],
		["boolean", "text", "bool", "of", "f"],
		["boolean", "text", "bool", "o", undefined],
		["integer", "text", "int4", " +07", "7"],
		["integer", "numeric", "int4", "-2.5", "-3"],
		["integer", "int8", "int4", "2147483648", undefined],
		["bigint", "int8", "int8", "-9223372036854775808", "-9223372036854775808"],
		["bigint", "text", "int8", "seven", undefined],
		["numeric", "text", "numeric", "1e3", "1000"],
		["numeric", "numeric", "numeric:2", "1.005", "1.01"],
		["numeric", "numeric", "numeric:2", "7", "7.00"],
		["uuid", "text", "uuid", "ABCD", "abcd"],
		[
			"time",
			"timestamp",
			"timestamptz",
			"2020-01-01 00:00:00.5",
			"2020-01-01 00:00:00.5+00",
		],
		[
			"time",
			"timestamp",
			"timestamptz",
			"0044-03-15 12:00:00 BC",
			"0044-03-15 12:00:00+00 BC",
		],
		["time", "timestamp", "timestamptz", "infinity", undefined],
		["time", "timestamp", "timestamptz", "-infinity", undefined],
		["time", "date", "timestamptz", "2020-01-01", "2020-01-01 00:00:00+00"],
		[
			"time",
			"timestamptz",
			"timestamptz",
			"2020-01-01 00:00:00+00",
			"2020-01-01 00:00:00+00",
		],
		[
			"json",
			"text",
			"jsonb",
			'  {"b": 1.50, "a": [true,null]}',
			'{"a": [true, null], "b": 1.50}',
		],
		["json", "text", "jsonb", "  ", nullWire],
		["json", "text", "jsonb", "{", undefined],
		["text", "text", "text", nullWire, nullWire],
	] as const) {
		it(`hold ${expected} for ${given}, ${from} as ${as}`, () => {
			const [type = "", scale] = to.split(":");
			const modifier =
				scale === undefined ? -1 : (10 << 16) + Number(scale) + 4;
			const form = createForm(as, column(from), column(type, modifier), utc);
			assert.equal(form(given), expected);
		});
	}

	it("hold the time that a clock of the zone showed, skipped and repeated hours too", () => {
		const berlin = createZone("Europe/Berlin");
		assert.equal(berlin("2024-01-01 00:00:00"), "2023-12-31 23:00:00+00");
		assert.equal(berlin("2024-03-31 02:30:00"), "2024-03-31 01:30:00+00");
		assert.equal(berlin("2024-10-27 02:30:00.25"), "2024-10-27 01:30:00.25+00");
		assert.equal(berlin("0001-01-01 00:00:00"), "0001-12-31 23:06:32+00 BC");
		assert.equal(isKnownZone("Europe/Berlin"), true);
		assert.equal(isKnownZone("Middle/Earth"), false);
	});
});

describe("digests of ranges", () => {
	const rowOf = (line: string) => Buffer.from(`${line}\n`, "latin1");
	const differing = (
		expected: readonly string[],
		found: readonly string[],
	): readonly number[] => {
		const digests = new Digests();
		for (const line of expected) digests.expect(3, line);
		for (const line of found) digests.found(3, rowOf(line), line.length);
		return digests.differing();
	};

	it("are equal whatever the order, and differ for any other row", () => {
		const lines = fc.array(fc.string({ maxLength: 40 }), { maxLength: 5 });
		fc.assert(
			fc.property(lines, lines, (some, others) => {
				const expected = some.map(wireOf);
				assert.deepEqual(differing(expected, expected.toReversed()), []);
				const found = others.map(wireOf);
				const isSame =
					JSON.stringify(expected.toSorted()) ===
					JSON.stringify(found.toSorted());
				assert.deepEqual(differing(expected, found), isSame ? [] : [3]);
			}),
		);
	});

	it("see values that two rows of a range exchanged", () => {
		assert.deepEqual(
			differing(["1\ta\tx", "2\tb\tx"], ["1\tb\tx", "2\ta\tx"]),
			[3],
		);
		assert.deepEqual(differing(["1\ta", "2\ta"], ["1\ta", "1\ta"]), [3]);
	});

	it("take lines of any length", () => {
		const long = "é".repeat(50_000);
		assert.deepEqual(differing([wireOf(long)], [wireOf(long)]), []);
		assert.deepEqual(differing([wireOf(long)], [wireOf(`${long}.`)]), [3]);
	});
});

describe("ranges of keys", () => {
	it("find a UUID where their own condition does", () => {
		fc.assert(
			fc.property(fc.uuid(), (uuid) => {
				const range = uuidRanges.ofKey(uuid);
				assert.equal(uuidRanges.ofRow(Buffer.from(`${uuid}\n`)), range);
				const [, low = "", high = ""] =
					/'(.*)' AND '(.*)'/.exec(uuidRanges.condition("k", range)) ?? [];
				assert.ok(low <= uuid && uuid <= high);
			}),
		);
	});

	it("find an id where their own condition does, also far outside", () => {
		const ids = fc.integer({ min: -1_000_000, max: 100_000_000 });
		fc.assert(
			fc.property(ids, ids, ids, (one, other, id) => {
				const ranges = idRanges(Math.min(one, other), Math.max(one, other));
				const range = ranges.ofKey(String(id));
				const row = Buffer.from(`${id}\tx\n`);
				assert.equal(idOf(row), id);
				assert.equal(ranges.ofRow(row), range);
				for (const part of ranges.condition("k", range).split(" AND ")) {
					const [, sign, limit] = /^k (>=|<) (-?\d+)$/.exec(part) ?? [];
					assert.ok(sign === ">=" ? id >= Number(limit) : id < Number(limit));
				}
			}),
		);
	});
});

describe("values in reports", () => {
	const show = (name: string, text: string, type = "text") =>
		showValue({ name, type, modifier: -1 }, wireOf(text));

	it("are shown as they are, long ones cut", () => {
		assert.equal(show("email", "a@b.c"), '"a@b.c"');
		assert.equal(
			showValue({ name: "email", type: "text", modifier: -1 }, nullWire),
			"NULL",
		);
		assert.match(
			show("name", "x".repeat(500)),
			/^"x{119}\.\.\. \(500 characters, sha256 [0-9a-f]{8}\)$/,
		);
	});

	it("never show hashes and secrets, but tell them apart", () => {
		const hash = "$2b$10$abcdefghijklmnopqrstuv";
		assert.match(show("encrypted_password", hash), /^sha256 [0-9a-f]{8}$/);
		assert.notEqual(show("recovery_token", "a"), show("recovery_token", "b"));
		assert.equal(show("recovery_token", ""), '""');
		const shown = show(
			"config",
			'{"user": "ada", "api_key": "s3cr\\"et"}',
			"jsonb",
		);
		assert.match(shown, /^\{"user": "ada", "api_key": "sha256 [0-9a-f]{8}"\}$/);
	});
});
