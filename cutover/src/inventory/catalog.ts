import { literal } from "../adapters/postgres.ts";
import { quoteTable } from "../conversion/sqlNames.ts";
import type {
	ColumnFacts,
	ConstraintFacts,
	IndexFacts,
	TableFacts,
	TriggerFacts,
	ViewFacts,
} from "./facts.ts";
import type { Reader } from "./reader.ts";

/** SQL condition over alias `n`: a schema that is neither PostgreSQL's own nor of temporary tables. */
export const ownSchemaSql =
	"n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'";

/** A table's name, quoted where SQL wants it. */
const relation = "format('%I.%I', n.nspname, c.relname)";

/** Order of everything that belongs to a table. */
const byTable = 'n.nspname COLLATE "C", c.relname COLLATE "C"';

const tables = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${ownSchemaSql}`;

/** The tables with all that belongs to them, from the catalog alone: rows and bytes are still null. */
export async function readTables(
	reader: Reader,
): Promise<readonly TableFacts[]> {
	const heads = await reader.rows<Head>("catalog", "tables", headSql);
	const members = async <T extends object>(what: string, sql: Members) =>
		group(await readMembers<T & Member>(reader, heads, what, sql));
	const columns = await members<ColumnFacts>("columns", columnSql);
	const indexes = await members<IndexFacts>("indexes", indexSql);
	const constraints = await members<ConstraintFacts>(
		"constraints",
		constraintSql,
	);
	const triggers = await members<TriggerFacts>("triggers", triggerSql);
	return heads.map((head) => ({
		...head,
		rows: null,
		estimatedRows: head.estimatedRows < 0 ? null : head.estimatedRows,
		bytes: null,
		columns: columns.get(head.name) ?? [],
		indexes: indexes.get(head.name) ?? [],
		constraints: constraints.get(head.name) ?? [],
		triggers: triggers.get(head.name) ?? [],
	}));
}

/**
 * What belongs to the tables, for all of them at once. Some definitions ask for a lock of the table: where that fails,
 * each table is asked for by itself, so that one that is locked does not hide the others.
 */
async function readMembers<T extends Member>(
	reader: Reader,
	heads: readonly Head[],
	what: string,
	sql: Members,
): Promise<readonly T[]> {
	const all = await reader.probe(() => reader.session.query<T>(sql("true")));
	if (all !== undefined) return all.rows;
	const found: T[] = [];
	for (const { name } of heads) {
		const own = sql(`${relation} = ${literal(name)}`);
		found.push(...(await reader.rows<T>("catalog", `${what} of ${name}`, own)));
	}
	return found;
}

export async function readViews(reader: Reader): Promise<readonly ViewFacts[]> {
	return await reader.rows<ViewFacts>(
		"catalog",
		"views",
		`SELECT ${relation} AS name, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind, pg_get_userbyid(c.relowner) AS owner
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND ${ownSchemaSql} ORDER BY ${byTable}`,
	);
}

/** Where the names that the conversion uses lead to, as its session would find them; null where they lead nowhere. */
export async function findTables(
	reader: Reader,
	names: readonly string[],
): Promise<Readonly<Record<string, string | null>>> {
	const rows = await reader.rows<{ wanted: string; found: string | null }>(
		"catalog",
		"tables of the conversion",
		`SELECT wanted, (SELECT ${relation} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(quoted)) AS found FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(wanted, quoted, nth) ORDER BY nth`,
		[names, names.map(quoteTable)],
	);
	return Object.fromEntries(rows.map(({ wanted, found }) => [wanted, found]));
}

interface Member {
	readonly table: string;
}

/** A query over all tables that meet a condition over `n` and `c`. */
type Members = (where: string) => string;

interface Head
	extends Pick<
		TableFacts,
		| "name"
		| "kind"
		| "owner"
		| "isUnlogged"
		| "parent"
		| "extension"
		| "replicaIdentity"
		| "hasRowSecurity"
		| "policies"
		| "primaryKey"
	> {
	/** -1 when the table was never analysed. */
	readonly estimatedRows: number;
}

function group<T extends Member>(
	rows: readonly T[],
): ReadonlyMap<string, readonly Omit<T, "table">[]> {
	const groups = new Map<string, Omit<T, "table">[]>();
	for (const { table, ...rest } of rows) {
		const known = groups.get(table);
		if (known === undefined) groups.set(table, [rest]);
		else known.push(rest);
	}
	return groups;
}

const kinds = { r: "table", p: "partitioned", f: "foreign" };
const identities = { d: "default", n: "nothing", f: "full", i: "index" };

function wordSql(
	code: string,
	words: Readonly<Record<string, string>>,
): string {
	const cases = Object.entries(words).map(
		([letter, word]) => `WHEN ${literal(letter)} THEN ${literal(word)}`,
	);
	return `CASE ${code} ${cases.join(" ")} END`;
}

/** Names of an index's columns, over alias `i`. */
const keySql =
	"ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k(attnum, nth) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.nth <= i.indnkeyatts ORDER BY k.nth)";

const headSql = `SELECT ${relation} AS name, ${wordSql("c.relkind", kinds)} AS kind, pg_get_userbyid(c.relowner) AS owner, c.relpersistence = 'u' AS "isUnlogged",
	(SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1) AS parent,
	(SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LIMIT 1) AS extension,
	c.reltuples::float8 AS "estimatedRows", ${wordSql("c.relreplident", identities)} AS "replicaIdentity", c.relrowsecurity AS "hasRowSecurity",
	ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY p.polname COLLATE "C") AS policies,
	(SELECT ${keySql} FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS "primaryKey"
	FROM ${tables} ORDER BY ${byTable}`;

/** The type below domains and arrays, as deep as one of each. */
const columnSql: Members = (
	where,
) => `SELECT ${relation} AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, b.typname AS base,
	CASE WHEN t.typtype = 'd' THEN 'domain' WHEN t.typcategory = 'A' THEN 'array' WHEN t.typtype = 'e' THEN 'enum' WHEN t.typtype = 'c' THEN 'composite' WHEN t.typtype IN ('r', 'm') THEN 'range' WHEN t.typtype = 'p' THEN 'pseudo' ELSE 'base' END AS kind,
	bn.nspname = 'pg_catalog' AS "isBuiltIn", NOT a.attnotnull AS "isNullable", pg_get_expr(d.adbin, d.adrelid) AS "default",
	CASE WHEN a.attcollation <> t.typcollation OR col.collname <> 'default' THEN col.collname END AS collation
	FROM ${tables} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	JOIN pg_type t ON t.oid = a.atttypid
	JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END
	JOIN pg_namespace bn ON bn.oid = b.typnamespace
	LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	LEFT JOIN pg_collation col ON col.oid = a.attcollation
	WHERE ${where} ORDER BY ${byTable}, a.attnum`;

const indexSql: Members = (
	where,
) => `SELECT ${relation} AS table, ic.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indisunique AS "isUnique", i.indisprimary AS "isPrimary", i.indisvalid AND i.indisready AS "isValid",
	${keySql} AS columns
	FROM ${tables} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid
	WHERE ${where} ORDER BY ${byTable}, ic.relname COLLATE "C"`;

const constraintSql: Members = (
	where,
) => `SELECT ${relation} AS table, k.conname AS name, ${wordSql("k.contype", { f: "foreign key", c: "check", x: "exclusion", u: "unique" })} AS kind, pg_get_constraintdef(k.oid) AS definition,
	(SELECT format('%I.%I', fn.nspname, fc.relname) FROM pg_class fc JOIN pg_namespace fn ON fn.oid = fc.relnamespace WHERE fc.oid = k.confrelid) AS references, k.convalidated AS "isValidated"
	FROM ${tables} JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('f', 'c', 'x', 'u')
	WHERE ${where} ORDER BY ${byTable}, k.conname COLLATE "C"`;

const triggerSql: Members = (
	where,
) => `SELECT ${relation} AS table, g.tgname AS name, format('%I.%I', pn.nspname, p.proname) AS function, pg_get_triggerdef(g.oid) AS definition, g.tgenabled <> 'D' AS "isEnabled"
	FROM ${tables} JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_namespace pn ON pn.oid = p.pronamespace
	WHERE ${where} ORDER BY ${byTable}, g.tgname COLLATE "C"`;
