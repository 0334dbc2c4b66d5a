import type { Session } from "../adapters/postgres.ts";
import type { SourceTable } from "./entities.ts";
import { isAmong, isNotAmong, type Reasons } from "./judge.ts";

/** Rows written at a time: a row is kept whole, so pages stay small. */
const pageRows = 5_000;

/** Keeps the rows in the target's quarantine, whole and with the reason. */
export async function writeQuarantine(
	source: Session,
	target: Session,
	table: SourceTable,
	reasons: Reasons,
): Promise<void> {
	const ids = [...reasons.keys()];
	for (let start = 0; start < ids.length; start += pageRows) {
		const page = ids.slice(start, start + pageRows);
		const { rows } = await source.query<{ id: string; row: string }>(
			`SELECT t.id::text AS id, to_jsonb(t)::text AS row FROM ${table} t WHERE ${isAmong("t.id", page)}`,
		);
		await target.query(
			`INSERT INTO cutover.quarantine (source_table, source_id, reason, source_row)
			SELECT $1, id, reason, source_row::jsonb FROM unnest($2::bigint[], $3::text[], $4::text[]) AS q(id, reason, source_row)
			ON CONFLICT (source_table, source_id) DO UPDATE SET reason = excluded.reason, source_row = excluded.source_row, quarantined_at = now()`,
			[
				table,
				rows.map((row) => row.id),
				rows.map((row) => reasons.get(Number(row.id))),
				rows.map((row) => row.row),
			],
		);
	}
}

/** Lists the migrating users whose creation time had to be filled in, of those rows that meet the condition. */
export async function writeRepaired(
	source: Session,
	target: Session,
	quarantined: Reasons,
	where: string,
): Promise<void> {
	const { rows } = await source.query<{ id: string; what: string }>(
		`SELECT t.id::text AS id, CASE WHEN t.last_login IS NULL THEN 'created_at was null: start of the first run used' ELSE 'created_at was null: last_login used' END AS what FROM legacy_users t WHERE t.created_at IS NULL AND ${where} AND ${isNotAmong("t.id", quarantined.keys())}`,
	);
	if (rows.length === 0) return;
	await target.query(
		"INSERT INTO cutover.repaired (source_table, source_id, what) SELECT 'legacy_users', id, what FROM unnest($1::bigint[], $2::text[]) AS r(id, what) ON CONFLICT (source_table, source_id) DO UPDATE SET what = excluded.what",
		[rows.map((row) => row.id), rows.map((row) => row.what)],
	);
}
