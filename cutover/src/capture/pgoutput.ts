import { RefusedError } from "../errors.ts";
import { createReader, type Reader } from "./reader.ts";

/** What one message of the feed means for somebody who collects keys. */
export type FeedEvent =
	/** A transaction starts; `xid` is its 32-bit transaction id. */
	| { readonly kind: "begin"; readonly xid: number }
	/** The transaction is complete; `endLsn` is the position behind its commit. */
	| { readonly kind: "commit"; readonly endLsn: bigint }
	/** A row was written or removed: its key, and the one it had before when that was another. */
	| {
			readonly kind: "keys";
			readonly table: string;
			readonly keys: readonly string[];
	  }
	/** Everything in the tables was removed. */
	| { readonly kind: "truncate"; readonly tables: readonly string[] }
	/** A description that the decoder keeps for itself. */
	| { readonly kind: "description" };

/** Takes the messages of one feed in their order. Tables are named `schema.name`, keys are in PostgreSQL's text form. */
export type Decoder = (message: Buffer) => FeedEvent;

interface Relation {
	readonly table: string;
	readonly columns: number;
	/** Position of the key among the columns. */
	readonly key: number;
}

/** Types whose text form is the same for the same value, by their fixed number in the catalog. */
const keyTypes: ReadonlyMap<number, string> = new Map([
	[21, "smallint"],
	[23, "integer"],
	[20, "bigint"],
	[2950, "uuid"],
]);

/**
 * A decoder of `pgoutput` messages, protocol version 1 in text form. It must see a feed from its beginning, since rows
 * are described once.
 *
 * The decoder throws RefusedError for a table without one integer or uuid key column, and Error for anything that is
 * not a sound message at its place: an unknown message means lost changes, so none is ever skipped.
 */
export function createDecoder(): Decoder {
	const relations = new Map<number, Relation>();
	let isInside = false;
	let type = "";
	const what = () => `the feed's message ${JSON.stringify(type)}`;

	const relationOf = (oid: number): Relation => {
		const relation = relations.get(oid);
		if (relation === undefined) {
			throw new Error(`${what()} is about table ${oid}, never described`);
		}
		return relation;
	};
	const part = (reader: Reader, known: string): string => {
		const letter = reader.letter();
		if (!known.includes(letter)) {
			throw new Error(
				`${what()} has a part ${JSON.stringify(letter)}; expected one of ${[...known].join(", ")}`,
			);
		}
		return letter;
	};

	const readers: Readonly<Record<string, (reader: Reader) => FeedEvent>> = {
		B(reader) {
			if (isInside) throw new Error(`${what()} inside a transaction`);
			reader.int64();
			reader.int64();
			isInside = true;
			return { kind: "begin", xid: reader.int32() };
		},
		C(reader) {
			reader.byte();
			reader.int64();
			const endLsn = reader.int64();
			reader.int64();
			isInside = false;
			return { kind: "commit", endLsn };
		},
		O(reader) {
			reader.int64();
			reader.text();
			return { kind: "description" };
		},
		Y(reader) {
			reader.int32();
			reader.text();
			reader.text();
			return { kind: "description" };
		},
		R(reader) {
			const oid = reader.int32();
			relations.set(oid, readRelation(reader));
			return { kind: "description" };
		},
		I(reader) {
			const relation = relationOf(reader.int32());
			part(reader, "N");
			return keysOf(relation, [readKey(reader, relation, what)]);
		},
		U(reader) {
			const relation = relationOf(reader.int32());
			const keys: string[] = [];
			if (part(reader, "KON") !== "N") {
				keys.push(readKey(reader, relation, what));
				part(reader, "N");
			}
			keys.push(readKey(reader, relation, what));
			return keysOf(relation, keys);
		},
		D(reader) {
			const relation = relationOf(reader.int32());
			part(reader, "KO");
			return keysOf(relation, [readKey(reader, relation, what)]);
		},
		T(reader) {
			const count = reader.int32();
			reader.byte();
			const tables: string[] = [];
			for (let i = 0; i < count; i += 1) {
				tables.push(relationOf(reader.int32()).table);
			}
			return { kind: "truncate", tables };
		},
	};

	return (message) => {
		type = message.toString("latin1", 0, 1);
		const reader = createReader(message, what);
		reader.letter();
		const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
		if (read === undefined) {
			throw new Error(
				`${what()} is not known; expected ${Object.keys(readers).join(", ")}`,
			);
		}
		if (!isInside && type !== "B") {
			throw new Error(`${what()} outside of a transaction`);
		}
		const event = read(reader);
		reader.end();
		return event;
	};
}

function keysOf(relation: Relation, keys: readonly string[]): FeedEvent {
	return { kind: "keys", table: relation.table, keys: [...new Set(keys)] };
}

function readRelation(reader: Reader): Relation {
	// The server leaves the name of its own schema out.
	const schema = reader.text() || "pg_catalog";
	const table = `${schema}.${reader.text()}`;
	reader.byte();
	const columns = reader.int16();
	const keys: { name: string; type: number; at: number }[] = [];
	for (let at = 0; at < columns; at += 1) {
		const isKey = (reader.byte() & 1) === 1;
		const name = reader.text();
		const type = reader.int32();
		reader.int32();
		if (isKey) keys.push({ name, type, at });
	}
	const key = keys[0];
	if (key === undefined || keys.length > 1) {
		throw new RefusedError(
			`${table} has ${keys.length === 0 ? "no key column" : `${keys.length} key columns (${keys.map(({ name }) => name).join(", ")})`} in the feed; expected one integer or uuid column: give it a primary key of one column and REPLICA IDENTITY DEFAULT`,
		);
	}
	if (!keyTypes.has(key.type)) {
		throw new RefusedError(
			`${table}.${key.name} is of the type with number ${key.type}; expected one of ${[...keyTypes.values()].join(", ")} as key`,
		);
	}
	return { table, columns, key: key.at };
}

/** Reads a row's columns and keeps the key. */
function readKey(
	reader: Reader,
	relation: Relation,
	what: () => string,
): string {
	const columns = reader.int16();
	if (columns !== relation.columns) {
		throw new Error(
			`${what()} has ${columns} columns of ${relation.table}, described with ${relation.columns}`,
		);
	}
	let key: string | undefined;
	for (let at = 0; at < columns; at += 1) {
		const form = reader.letter();
		if (form === "n" || form === "u") continue;
		if (form !== "t") {
			throw new Error(
				`${what()} has a column of form ${JSON.stringify(form)}; expected n, u or t`,
			);
		}
		const value = reader.bytes(reader.int32());
		if (at === relation.key) key = value.toString("utf8");
	}
	if (key === undefined) {
		throw new Error(`${what()} has no key of ${relation.table}`);
	}
	return key;
}
