import { type Session, withTransaction } from "../adapters/postgres.ts";
import type { TableMapping } from "../conversion/mapping.ts";
import { quoteName, quoteTable } from "../conversion/sqlNames.ts";
import { RefusedError } from "../errors.ts";
import { record, rolledBackSince } from "../journal.ts";
import { presentIds } from "./lookUps.ts";
import { reservedIds } from "./plan.ts";
import {
	type AllBorn,
	type Born,
	type Conversion,
	isMigratedSql,
	readRecorded,
} from "./state.ts";

/**
 * Prepares a target that was live and rolled back for changes from the source. Rows that were made on it and carried back are
 * the source's own now; those that were not stay its own. The ids that it gives out begin anew beyond both, with room for
 * what the legacy system makes. Repeatable; does nothing at any other time.
 *
 * @throws RefusedError while changes still travel the other way.
 */
export async function goForwardAgain(
	source: Session,
	target: Session,
): Promise<void> {
	const since = await rolledBackSince(target);
	if (since === undefined) return;
	const back = await target.query(
		"SELECT FROM cutover.capture WHERE direction = 'reverse'",
	);
	if (back.rowCount !== 0) {
		throw new RefusedError(
			`the target was rolled back at ${since}, and its changes still travel to the source; run cutover sync --reverse --stop first: one direction at a time`,
		);
	}
	const conversion = await readRecorded(target);
	if (conversion === undefined) return;
	const all: Record<string, Born> = {};
	for (const table of conversion.rules.mapping.tables) {
		all[table.source] = await bornNow(source, target, table, conversion);
	}
	const born: AllBorn = all;
	await withTransaction(target, async () => {
		await target.query("UPDATE cutover.conversion SET born = $1", [
			JSON.stringify(born),
		]);
		for (const { source: name, target: own } of conversion.rules.mapping
			.tables) {
			await target.query(
				"SELECT setval(pg_get_serial_sequence($1, 'id'), $2, false)",
				[quoteTable(own), born[name]?.from],
			);
		}
		await record(target, "forward again", { rolledBackAt: since });
	});
}

/** Where the target's own ids of a table begin, and which below that are its own all the same. */
async function bornNow(
	source: Session,
	target: Session,
	table: TableMapping,
	{ rules, born }: Conversion,
): Promise<Born> {
	const own = quoteTable(table.target);
	const made = await target.query<{ id: string }>(
		`SELECT t.id::text AS id FROM ${own} t WHERE NOT (${isMigratedSql(table.source, born)})`,
	);
	const ids = made.rows.map((row) => Number(row.id));
	const carried = await presentIds(source, table.source, ids, rules);
	const highest = async (session: Session, sql: string) => {
		const { rows } = await session.query<{ id: string | null }>(sql);
		return Number(rows[0]?.id ?? 0);
	};
	const { source: from, id } = table;
	const last = Math.max(
		await highest(target, `SELECT max(id)::text AS id FROM ${own}`),
		await highest(
			source,
			`SELECT max(${quoteName(id)})::text AS id FROM ${quoteTable(from)}`,
		),
	);
	return {
		from: last + reservedIds + 1,
		ids: ids.filter((one) => !carried.has(one)),
	};
}
