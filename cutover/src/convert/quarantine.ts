import type { Session } from "../adapters/postgres.ts";
import { normalizeEmailSql } from "../conversion/email.ts";
import { quoteName, quoteTable } from "../conversion/sqlNames.ts";
import type { ConversionRules } from "./entities.ts";
import { hasId } from "./ids.ts";
import type { Reasons } from "./judge.ts";
import { sourceRows } from "./sourceRows.ts";

/** Rows written at a time: a row is kept whole, so pages stay small. */
const pageRows = 2_000;

/** Keeps the rows in the target's quarantine, whole and with the reason. */
export async function writeQuarantine(
	source: Session,
	target: Session,
	table: string,
	reasons: Reasons,
	{ mapping }: Pick<ConversionRules, "mapping">,
): Promise<void> {
	const ids = [...reasons.keys()];
	const { users, tables } = mapping;
	const key = tables.find((one) => one.source === table)?.id ?? users.id;
	// A user's address, so that whoever shares it is found again.
	const address =
		table === users.source
			? normalizeEmailSql(`t.${quoteName(users.email)}::text`)
			: "NULL::text";
	const pages = Array.from(
		{ length: Math.ceil(ids.length / pageRows) },
		(_, nth) => ids.slice(nth * pageRows, (nth + 1) * pageRows),
	);
	// As texts of arrays, which the target reads as they are: rows are not taken apart on their way.
	const read = async (page: readonly number[]) =>
		(
			await source.query<Page>(
				`SELECT array_agg(t.${quoteName(key)})::text AS ids, array_agg(q.reason)::text AS reasons, array_agg(to_jsonb(t)::text)::text AS rows, array_agg(${address})::text AS addresses
			FROM ${quoteTable(table)} t JOIN unnest($1::bigint[], $2::text[]) AS q(id, reason) ON q.id = t.${quoteName(key)} WHERE ${hasId(`t.${quoteName(key)}`, page)}`,
				[page, page.map((id) => reasons.get(id))],
			)
		).rows[0];
	let now = pages[0] && (await read(pages[0]));
	for (const nth of pages.keys()) {
		const next = pages[nth + 1];
		// The next page is read while this one is written.
		const [ahead] = await Promise.all([
			next && read(next),
			target.query(
				`INSERT INTO cutover.quarantine (source_table, source_id, reason, source_row, address)
			SELECT $1, id, reason, source_row::jsonb, address FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS q(id, reason, source_row, address)
			ON CONFLICT (source_table, source_id) DO UPDATE SET reason = excluded.reason, source_row = excluded.source_row, address = excluded.address, quarantined_at = now()`,
				[table, now?.ids, now?.reasons, now?.rows, now?.addresses],
			),
		]);
		now = ahead;
	}
}

/** Rows to keep: arrays of equal length, as texts; null when no row is there any more. */
interface Page {
	readonly ids: string | null;
	readonly reasons: string | null;
	readonly rows: string | null;
	readonly addresses: string | null;
}

/** A user whose creation time is not known, and what stands in for it. */
export interface Repaired {
	readonly id: string;
	readonly what: string;
}

/** The users whose creation time has to be filled in, of those rows that meet the condition over alias `t`. */
export async function readRepaired(
	source: Session,
	{ mapping }: Pick<ConversionRules, "mapping">,
	where = "true",
): Promise<readonly Repaired[]> {
	const { rows } = await source.query<Repaired>(
		`SELECT t.id::text AS id, CASE WHEN t.last_login IS NULL THEN 'created_at was null: start of the first run used' ELSE 'created_at was null: last_login used' END AS what FROM ${sourceRows(mapping.users.source, mapping)} WHERE t.created_at IS NULL AND ${where}`,
	);
	return rows;
}

/** Lists those of them who migrate. */
export async function writeRepaired(
	target: Session,
	repaired: readonly Repaired[],
	quarantined: Reasons,
	{ mapping }: Pick<ConversionRules, "mapping">,
): Promise<void> {
	const rows = repaired.filter(({ id }) => !quarantined.has(Number(id)));
	if (rows.length === 0) return;
	await target.query(
		"INSERT INTO cutover.repaired (source_table, source_id, what) SELECT $3, id, what FROM unnest($1::bigint[], $2::text[]) AS r(id, what) ON CONFLICT (source_table, source_id) DO UPDATE SET what = excluded.what",
		[
			rows.map((row) => row.id),
			rows.map((row) => row.what),
			mapping.users.source,
		],
	);
}
