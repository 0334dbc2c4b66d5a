import assert from "node:assert/strict";
import fc from "fast-check";
import {
	createDecoder,
	type FeedEvent,
} from "../../../cutover/src/capture/pgoutput.ts";
import * as encode from "./encoder.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

// As a server of version 15 sends them: public.users (id integer key, settings text), table 16385.
const wire = {
	begin: hex("42 00000000 0154A100 0002B0F4 6F1F0000 000002E4"),
	commit: hex("43 00 00000000 0154A100 00000000 0154A130 0002B0F4 6F1F0000"),
	relation: hex(
		"52 00004001 7075626C696300 757365727300 64 0002 01 696400 00000017 FFFFFFFF 00 73657474696E677300 00000019 FFFFFFFF",
	),
	insert: hex("49 00004001 4E 0002 74 00000001 37 6E"),
	update: hex("55 00004001 4E 0002 74 00000001 37 75"),
	moved: hex(
		"55 00004001 4B 0002 74 00000001 37 6E 4E 0002 74 00000002 3831 75",
	),
	full: hex("55 00004001 4F 0002 74 00000001 37 6E 4E 0002 74 00000001 37 75"),
	remove: hex("44 00004001 4B 0002 74 00000001 37 6E"),
	removeFull: hex("44 00004001 4F 0002 74 00000001 37 74 00000002 7B7D"),
	truncate: hex("54 00000001 00 00004001"),
	origin: hex("4F 00000000 00000000 6E6F646500"),
	type: hex("59 00004002 7075626C696300 6D6F6F6400"),
};

function feed(messages: readonly Buffer[]): readonly FeedEvent[] {
	const decode = createDecoder();
	return messages.map((message) => decode(message));
}

describe("createDecoder", () => {
	const keys = (...given: string[]): FeedEvent => ({
		kind: "keys",
		table: "public.users",
		keys: given,
	});
	const table: readonly (readonly [keyof typeof wire, FeedEvent])[] = [
		["insert", keys("7")],
		["update", keys("7")],
		["moved", keys("7", "81")],
		["full", keys("7")],
		["remove", keys("7")],
		["removeFull", keys("7")],
		["truncate", { kind: "truncate", tables: ["public.users"] }],
		["origin", { kind: "description" }],
		["type", { kind: "description" }],
		["commit", { kind: "commit", endLsn: 0x154a130n }],
	];
	for (const [name, expected] of table) {
		it(`reads a message of the kind "${name}"`, () => {
			const events = feed([wire.begin, wire.relation, wire[name]]);
			assert.deepEqual(events[0], { kind: "begin", xid: 0x2e4 });
			assert.deepEqual(events[2], expected);
		});
	}

	const key = { name: "id", isKey: true, type: 23 };
	const other = { name: "x", isKey: false, type: 25 };
	const keyless: readonly (readonly [
		string,
		readonly encode.Column[],
		RegExp,
	])[] = [
		[
			"no key",
			[other],
			/public\.t has no key column in the feed; expected one/,
		],
		[
			"two key columns",
			[key, { ...key, name: "part" }],
			/public\.t has 2 key columns \(id, part\)/,
		],
		[
			"a key of another type",
			[{ ...key, type: 25 }],
			/public\.t\.id is of the type with number 25; expected one of smallint/,
		],
	];
	for (const [title, columns, message] of keyless) {
		it(`refuses a table with ${title} by its name`, () => {
			assert.throws(
				() => feed([wire.begin, encode.relation(9, "public", "t", columns)]),
				{ name: "RefusedError", message },
			);
		});
	}

	const unsound: readonly (readonly [string, readonly Buffer[], RegExp])[] = [
		["an unknown message", [wire.begin, hex("4D 00")], /"M" is not known/],
		["a streamed one", [wire.begin, hex("53 00")], /"S" is not known/],
		["an empty message", [Buffer.alloc(0)], /cut off/],
		["a change outside of a transaction", [wire.insert], /outside of a trans/],
		["a begin inside of one", [wire.begin, wire.begin], /inside a trans/],
		["a table never described", [wire.begin, wire.insert], /never described/],
		[
			"a truncation of a table never described",
			[wire.begin, wire.truncate],
			/never described/,
		],
		[
			"bytes after the end",
			[wire.begin, wire.relation, Buffer.concat([wire.insert, hex("00")])],
			/has 1 bytes after its end/,
		],
		[
			"another number of columns",
			[wire.begin, wire.relation, hex("49 00004001 4E 0001 74 00000001 37")],
			/has 1 columns of public\.users, described with 2/,
		],
		[
			"no key in the row",
			[wire.begin, wire.relation, hex("49 00004001 4E 0002 6E 6E")],
			/has no key of public\.users/,
		],
		[
			"a binary column",
			[wire.begin, wire.relation, hex("49 00004001 4E 0002 62 00000001 37 6E")],
			/form "b"; expected n, u or t/,
		],
		[
			"an unknown part",
			[wire.begin, wire.relation, hex("55 00004001 58 0002 6E 6E")],
			/part "X"; expected one of K, O, N/,
		],
		[
			"a column longer than the message",
			[wire.begin, wire.relation, hex("49 00004001 4E 0002 74 FFFFFFFF 37 6E")],
			/cut off: expected 4294967295 bytes/,
		],
	];
	for (const [title, messages, message] of unsound) {
		it(`throws on ${title}`, () => {
			assert.throws(() => feed(messages), { message });
		});
	}

	it("throws on every message cut off anywhere", () => {
		for (const [name, whole] of Object.entries(wire)) {
			for (let length = 0; length < whole.length; length += 1) {
				const before = name === "begin" ? [] : [wire.begin, wire.relation];
				assert.throws(
					() => feed([...before, whole.subarray(0, length)]),
					/cut off/,
					`${name} cut off after ${length} bytes`,
				);
			}
		}
	});

	it("reads back what any server could send", () => {
		fc.assert(
			fc.property(fc.array(transaction, { maxLength: 5 }), (transactions) => {
				const decode = createDecoder();
				for (const [message, expected] of transactions.flat()) {
					assert.deepEqual(decode(message), expected);
				}
			}),
		);
	});

	it("answers or throws, whatever the bytes are", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
				const decode = createDecoder();
				decode(wire.begin);
				decode(wire.relation);
				try {
					assert.ok(decode(Buffer.from(bytes)).kind.length > 0);
				} catch (error) {
					assert.match(String(error), /the feed's message|key|expected one/);
				}
			}),
			{ numRuns: 2_000 },
		);
	});
});

type Pair = readonly [Buffer, FeedEvent];

const word = fc
	.string({ minLength: 1, maxLength: 12, unit: "grapheme" })
	.filter((text) => !text.includes("\0"));
const cell: fc.Arbitrary<encode.Cell> = fc.oneof(
	fc.constant(null),
	fc.constant({ unchanged: true as const }),
	fc.string(),
);
const rowKey = fc.oneof(fc.integer().map(String), fc.uuid());

/** A table with its key anywhere among its columns, and changes of it, in one transaction. */
const transaction: fc.Arbitrary<readonly Pair[]> = fc
	.record({
		xid: fc.nat({ max: 2 ** 32 - 1 }),
		oid: fc.nat({ max: 2 ** 32 - 1 }),
		schema: word,
		name: word,
		type: fc.constantFrom(20, 21, 23, 2950),
		before: fc.nat({ max: 3 }),
		after: fc.nat({ max: 3 }),
		endLsn: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
		extra: fc.constantFrom("origin", "type", "none"),
	})
	.chain((facts) => {
		const { before, after, oid } = facts;
		const row = (key: string) =>
			fc
				.array(cell, { minLength: before + after, maxLength: before + after })
				.map((cells) => [
					...cells.slice(0, before),
					key,
					...cells.slice(before),
				]);
		const table = `${facts.schema}.${facts.name}`;
		const keys = (...given: string[]): FeedEvent => ({
			kind: "keys",
			table,
			keys: [...new Set(given)],
		});
		const form = fc.constantFrom("K" as const, "O" as const);
		const change: fc.Arbitrary<Pair> = fc
			.tuple(rowKey, rowKey)
			.chain(([a, b]) =>
				fc.oneof(
					row(a).map((cells): Pair => [encode.insert(oid, cells), keys(a)]),
					row(a).map((cells): Pair => [encode.update(oid, cells), keys(a)]),
					fc
						.tuple(row(a), row(b), form)
						.map(
							([old, cells, how]): Pair => [
								encode.update(oid, cells, { form: how, row: old }),
								keys(a, b),
							],
						),
					fc
						.tuple(row(a), form)
						.map(
							([cells, how]): Pair => [encode.remove(oid, how, cells), keys(a)],
						),
					fc.constant<Pair>([
						encode.truncate([oid, oid]),
						{ kind: "truncate", tables: [table, table] },
					]),
				),
			);
		const column = (name: string) => ({ name, isKey: false, type: 25 });
		const columns = [
			...Array.from({ length: before }, (_, i) => column(`b${i}`)),
			{ name: "id", isKey: true, type: facts.type },
			...Array.from({ length: after }, (_, i) => column(`a${i}`)),
		];
		const described: FeedEvent = { kind: "description" };
		const extra: readonly Pair[] =
			facts.extra === "none"
				? []
				: [
						[
							facts.extra === "origin"
								? encode.origin(facts.name)
								: encode.type(oid, facts.schema, facts.name),
							described,
						],
					];
		return fc
			.array(change, { maxLength: 8 })
			.map((changes) => [
				[encode.begin(facts.xid), { kind: "begin", xid: facts.xid }] as const,
				...extra,
				[
					encode.relation(oid, facts.schema, facts.name, columns),
					described,
				] as const,
				...changes,
				[
					encode.commit(facts.endLsn),
					{ kind: "commit", endLsn: facts.endLsn },
				] as const,
			]);
	});
