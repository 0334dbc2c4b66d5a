import type { Session } from "../adapters/postgres.ts";
import { quoteTable, quoteText } from "../conversion/sqlNames.ts";
import { count } from "../convert/progress.ts";
import { tableOf } from "../convert/sourceRows.ts";
import { type Conversion, isMigratedSql } from "../convert/state.ts";
import { type Finding, listed, number, texts } from "./check.ts";

/** Rows of one table of the source and where they are: source = migrated + quarantined when none is lost. */
export interface CountedRows {
	readonly table: string;
	readonly source: number;
	readonly migrated: number;
	readonly quarantined: number;
	/** Rows that the new system made itself. */
	readonly bornOnTarget: number;
}

/** Source − quarantined = users on the target, those born there counted apart. */
export async function userCount(
	source: Session,
	target: Session,
	{ rules }: Conversion,
	onCounted: (rows: CountedRows) => void = () => undefined,
): Promise<Finding> {
	const table = rules.mapping.users.source;
	const there = await number(
		source,
		`SELECT count(*) FROM ${quoteTable(table)}`,
	);
	const kept = await quarantined(target, table);
	const { rows } = await target.query<{ total: string; mapped: string }>(
		"SELECT count(*) AS total, count(m.user_id) AS mapped FROM auth.users u LEFT JOIN cutover.identity_map m ON m.user_id = u.id",
	);
	const all = Number(rows[0]?.total ?? 0);
	const born = all - Number(rows[0]?.mapped ?? 0);
	onCounted({
		table,
		source: there,
		migrated: all - born,
		quarantined: kept,
		bornOnTarget: born,
	});
	const missing =
		there - kept === all - born
			? []
			: await texts(
					target,
					`SELECT ${quoteText(`user missing: ${table} `)} || m.legacy_id AS what FROM cutover.identity_map m LEFT JOIN auth.users u ON u.id = m.user_id WHERE u.id IS NULL ORDER BY m.legacy_id LIMIT ${listed}`,
				);
	return {
		outcome:
			there - kept === all - born && missing.length === 0 ? "passed" : "failed",
		expected: `${count(there)} on the source − ${count(kept)} quarantined = ${count(there - kept)}`,
		actual: `${count(all)} in auth.users − ${count(born)} born there = ${count(all - born)}`,
		details: missing,
	};
}

/** Source − quarantined = rows on the target, those made there counted apart. */
export async function rowCount(
	source: Session,
	target: Session,
	table: string,
	{ rules, born }: Conversion,
	onCounted: (rows: CountedRows) => void = () => undefined,
): Promise<Finding> {
	const own = tableOf(table, rules.mapping).target;
	const there = await number(
		source,
		`SELECT count(*) FROM ${quoteTable(table)}`,
	);
	const kept = await quarantined(target, table);
	const migrated = await number(
		target,
		`SELECT count(*) FROM ${quoteTable(own)} t WHERE ${isMigratedSql(table, born)}`,
	);
	const all = await number(target, `SELECT count(*) FROM ${quoteTable(own)}`);
	onCounted({
		table,
		source: there,
		migrated,
		quarantined: kept,
		bornOnTarget: all - migrated,
	});
	return {
		outcome: there - kept === migrated ? "passed" : "failed",
		expected: `${count(there)} on the source − ${count(kept)} quarantined = ${count(there - kept)}`,
		actual: `${count(all)} in ${own} − ${count(all - migrated)} made there = ${count(migrated)}`,
	};
}

/** Every migrated file's bytes arrived and were measured. */
export async function fileBytes(target: Session): Promise<Finding> {
	const all = await number(target, "SELECT count(*) FROM public.files");
	const lacking = await number(
		target,
		"SELECT count(*) FROM public.files WHERE sha256 IS NULL",
	);
	return {
		outcome: lacking === 0 ? "passed" : "failed",
		expected: `sha256 of all ${count(all)} files`,
		actual:
			lacking === 0
				? `sha256 of ${count(all)}`
				: `${count(lacking)} without; run cutover convert with FILES_SOURCE and FILES_TARGET`,
		details:
			lacking === 0
				? []
				: await texts(
						target,
						`SELECT 'bytes not copied: files ' || id AS what FROM public.files WHERE sha256 IS NULL ORDER BY id LIMIT ${listed}`,
					),
	};
}

async function quarantined(target: Session, table: string): Promise<number> {
	return await number(
		target,
		`SELECT count(*) FROM cutover.quarantine WHERE source_table = ${quoteText(table)}`,
	);
}
