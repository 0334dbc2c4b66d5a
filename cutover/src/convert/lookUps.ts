import type { Session } from "../adapters/postgres.ts";
import { quoteText } from "../conversion/sqlNames.ts";
import type { ConversionRules } from "./entities.ts";
import { hasId } from "./ids.ts";
import { sourceRows } from "./sourceRows.ts";
import { type Conversion, migratedIdsSql } from "./state.ts";

/** Questions about some rows, each answered through an index. */

/** Who owns these rows, as ids of the owning table. */
export async function ownersOf(
	source: Session,
	table: string,
	ids: ReadonlySet<number>,
	{ mapping }: ConversionRules,
): Promise<ReadonlySet<number>> {
	const { rows } = await source.query<{ owner: string }>(
		`SELECT DISTINCT t.owner FROM ${sourceRows(table, mapping)} WHERE t.owner IS NOT NULL AND ${hasId("t.id", ids)}`,
	);
	return new Set(rows.map((row) => Number(row.owner)));
}

/** Which of the ids the source has. */
export async function presentIds(
	source: Session,
	table: string,
	ids: Iterable<number>,
	{ mapping }: ConversionRules,
): Promise<Set<number>> {
	const { rows } = await source.query<{ id: string }>(
		`SELECT t.id FROM ${sourceRows(table, mapping)} WHERE ${hasId("t.id", ids)}`,
	);
	return new Set(rows.map((row) => Number(row.id)));
}

/** Which of the ids came from the source and are on the target, outside the quarantine. */
export async function migratedIds(
	target: Session,
	table: string,
	ids: ReadonlySet<number>,
	{ rules, born }: Conversion,
): Promise<ReadonlySet<number>> {
	const { rows } = await target.query<{ id: string }>(
		`SELECT id FROM (${migratedIdsSql(table, rules.mapping, born)}) there WHERE ${hasId("id", ids)}`,
	);
	return new Set(rows.map((row) => Number(row.id)));
}

/** What is in quarantine of some ids, with the reasons. */
export async function keptIds(
	target: Session,
	table: string,
	ids: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
	const { rows } = await target.query<{ id: string; reason: string }>(
		`SELECT source_id AS id, reason FROM cutover.quarantine WHERE source_table = ${quoteText(table)} AND ${hasId("source_id", ids)}`,
	);
	return new Map(rows.map((row) => [Number(row.id), row.reason]));
}
