import { ownSchemaSql } from "./catalog.ts";
import type { SequenceFacts } from "./facts.ts";
import type { Reader } from "./reader.ts";

interface Found {
	readonly name: string;
	readonly type: string;
	readonly increment: string;
	readonly max: string;
	readonly min: string;
	/** The table and column that take their values from it. */
	readonly table: string | null;
	readonly column: string | null;
	/** The largest value that the column holds. */
	readonly columnMax: string | null;
	/** An index gives the column's highest value at once. */
	readonly isIndexed: boolean;
}

/**
 * The sequences with their last values. Each is read like a table, which asks for no more than ACCESS SHARE; the
 * functions for the purpose lock it as a writer would.
 */
export async function readSequences(
	reader: Reader,
): Promise<readonly SequenceFacts[]> {
	const found = await reader.rows<Found>("catalog", "sequences", sequenceSql);
	const sequences: SequenceFacts[] = [];
	for (const one of found) {
		const [state] = await reader.rows<{ last: string | null }>(
			"catalog",
			`sequence ${one.name}`,
			`SELECT CASE WHEN is_called THEN last_value::text END AS last FROM ${one.name}`,
		);
		// Without the one, the other says nothing.
		const [top] =
			state !== undefined && one.isIndexed
				? await reader.rows<{ highest: string | null }>(
						"catalog",
						`highest ${one.table}.${one.column}`,
						`SELECT max(${one.column})::text AS highest FROM ${one.table}`,
					)
				: [];
		sequences.push({
			name: one.name,
			type: one.type,
			ownedBy: one.table === null ? null : `${one.table}.${one.column}`,
			last: state?.last ?? null,
			limit: limitOf(one),
			increment: one.increment,
			highest: top?.highest ?? null,
		});
	}
	return sequences;
}

/** What the sequence may reach: a serial column of integers is full long before a sequence of bigint. */
function limitOf({ increment, min, max, columnMax }: Found): string {
	if (BigInt(increment) < 0n) return min;
	return columnMax !== null && BigInt(columnMax) < BigInt(max)
		? columnMax
		: max;
}

const sequenceSql = `SELECT format('%I.%I', n.nspname, c.relname) AS name, format_type(s.seqtypid, NULL) AS type, s.seqincrement::text AS increment, s.seqmax::text AS max, s.seqmin::text AS min,
	own.name AS "table", own.attribute AS "column",
	CASE own.typ WHEN 'int2'::regtype THEN '32767' WHEN 'int4'::regtype THEN '2147483647' WHEN 'int8'::regtype THEN '9223372036854775807' END AS "columnMax",
	EXISTS (SELECT FROM pg_index i WHERE i.indrelid = own.oid AND i.indkey[0] = own.attnum AND i.indisvalid AND i.indpred IS NULL) AS "isIndexed"
	FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace AND ${ownSchemaSql}
	LEFT JOIN LATERAL (SELECT format('%I.%I', tn.nspname, t.relname) AS name, quote_ident(a.attname) AS attribute, a.atttypid AS typ, t.oid, a.attnum FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
		WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1) own ON true
	WHERE c.relpersistence <> 't' ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;
