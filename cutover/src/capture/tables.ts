import type { Session } from "../adapters/postgres.ts";

/** A table whose changes are wanted: `table` is `schema.name` as the catalog spells it, `key` its one key column. */
export interface CapturedTable {
	readonly table: string;
	readonly key: string;
}

/** What the catalog says about a table that is to be captured. */
export interface TableFacts extends CapturedTable {
	readonly schema: string;
	readonly name: string;
	/** `r` for an ordinary table; undefined when there is no such relation. */
	readonly kind: string | undefined;
	readonly isLogged: boolean;
	readonly hasChildren: boolean;
	/** d: primary key, n: nothing, f: full, i: an index. */
	readonly identity: string;
	/** Columns of the replica identity that is in force; empty when there is none. */
	readonly identityColumns: readonly string[];
	readonly keyType: string | undefined;
	readonly owner: string;
	/** Whether the session's role may act as the owner. */
	readonly isOwned: boolean;
}

/** `schema.name` taken apart at the first dot. */
export function splitName(table: string): { schema: string; name: string } {
	const dot = table.indexOf(".");
	if (dot < 1 || dot === table.length - 1) {
		throw new Error(`expected a table as schema.name, got "${table}"`);
	}
	return { schema: table.slice(0, dot), name: table.slice(dot + 1) };
}

/** Looks the tables up; one answer per table, in their order. Needs no rights. */
export async function lookUpTables(
	session: Session,
	tables: readonly CapturedTable[],
): Promise<readonly TableFacts[]> {
	const names = tables.map(({ table }) => splitName(table));
	const { rows } = await session.query<{
		place: number;
		kind: string;
		persistence: string;
		children: boolean;
		identity: string;
		columns: string[];
		key_type: string | null;
		owner: string;
		owned: boolean;
	}>(
		`SELECT w.place::int AS place, c.relkind AS kind, c.relpersistence AS persistence, c.relreplident AS identity,
			EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid) AS children,
			ARRAY(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
				WHERE i.indrelid = c.oid AND i.indisvalid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END ORDER BY a.attnum) AS columns,
			(SELECT format_type(a.atttypid, NULL) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = w.key AND a.attnum > 0 AND NOT a.attisdropped) AS key_type,
			pg_get_userbyid(c.relowner)::text AS owner, pg_has_role(c.relowner, 'USAGE') AS owned
		FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY w(schema, name, key, place)
		JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name`,
		[
			names.map(({ schema }) => schema),
			names.map(({ name }) => name),
			tables.map(({ key }) => key),
		],
	);
	const found = new Map(rows.map((row) => [row.place, row]));
	return tables.map((wanted, index) => {
		const row = found.get(index + 1);
		return {
			...wanted,
			...splitName(wanted.table),
			kind: row?.kind,
			isLogged: row?.persistence === "p",
			hasChildren: row?.children ?? false,
			identity: row?.identity ?? "n",
			identityColumns: row?.columns ?? [],
			keyType: row?.key_type ?? undefined,
			owner: row?.owner ?? "",
			isOwned: row?.owned ?? false,
		};
	});
}

const keyTypes = ["smallint", "integer", "bigint", "uuid"];

/**
 * Why a table cannot be captured and what to do about it, or undefined when it can. Publishing such a table all the
 * same would do worse than miss changes: the server refuses every UPDATE and DELETE on it.
 */
export function obstacleOf(facts: TableFacts): string | undefined {
	const { table, key } = facts;
	if (facts.kind === undefined) {
		return `${table} is not there; check the mapping`;
	}
	if (facts.kind !== "r" || facts.hasChildren) {
		return `${table} is ${facts.kind === "p" || facts.hasChildren ? "partitioned or inherited from" : "no table"}; expected an ordinary table: name its parts one by one`;
	}
	if (!facts.isLogged) {
		return `${table} is not logged, so its changes are in no log; run: ALTER TABLE ${table} SET LOGGED`;
	}
	if (facts.keyType === undefined) {
		return `${table} has no column ${key}; check the mapping`;
	}
	if (!keyTypes.includes(facts.keyType)) {
		return `${table}.${key} is ${facts.keyType}; expected ${keyTypes.join(", ")}`;
	}
	if (facts.identity === "n" || facts.identity === "f") {
		return `${table} has REPLICA IDENTITY ${facts.identity === "n" ? "NOTHING" : "FULL"}; expected its primary key (${key}): ALTER TABLE ${table} REPLICA IDENTITY DEFAULT`;
	}
	if (facts.identityColumns.length === 0) {
		return `${table} has no primary key; expected (${key}): ALTER TABLE ${table} ADD PRIMARY KEY (${key})`;
	}
	if (facts.identityColumns.join() !== key) {
		return `${table} is identified by (${facts.identityColumns.join(", ")}); expected (${key}): make ${key} the primary key, or a unique NOT NULL index on it the REPLICA IDENTITY`;
	}
	return undefined;
}
