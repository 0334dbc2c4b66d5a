import { type Session, withTransaction } from "../adapters/postgres.ts";
import { type Mapping, sourceTables } from "../conversion/mapping.ts";
import { quoteTable } from "../conversion/sqlNames.ts";
import { RefusedError } from "../errors.ts";
import { record } from "../journal.ts";
import { canDefer, deferIndexes } from "./deferred.ts";
import { type ConversionRules, targetTables } from "./entities.ts";
import { type Quarantine, reasonsOf } from "./judge.ts";
import { type Repaired, writeQuarantine, writeRepaired } from "./quarantine.ts";
import type { Shard } from "./shards.ts";
import type { Snapshot } from "./snapshot.ts";
import { sourceRows } from "./sourceRows.ts";
import {
	type AllBorn,
	type Born,
	type Conversion,
	fingerprint,
	migratedIdsSql,
	planHashSql,
} from "./state.ts";

/**
 * Ids left to the source between its highest one at the load and the first one that the target gives out itself:
 * rows keep being made on both sides until the cutover.
 */
export const reservedIds = 1_000_000;

/** One id range of one table: from (inclusive) to (exclusive). */
export interface Batch {
	readonly table: string;
	readonly from: number;
	readonly to: number;
	readonly rows: number;
}

/** Cuts sorted keys into ranges; `firsts` are every n-th key, `last` the highest. */
export function cutRanges(
	table: string,
	firsts: readonly number[],
	last: number,
	total: number,
	batchRows: number,
): readonly Batch[] {
	return firsts.map((from, index) => ({
		table,
		from,
		to: firsts[index + 1] ?? last + 1,
		rows: Math.min(batchRows, total - index * batchRows),
	}));
}

/** Finds the id ranges of all tables at the moment that the source session looks at. */
export async function planBatches(
	source: Session,
	batchRows: number,
	mapping: Mapping,
): Promise<readonly Batch[]> {
	const all: Batch[] = [];
	for (const table of sourceTables(mapping)) {
		const { rows } = await source.query<{
			firsts: string[];
			last: string;
			total: string;
		}>(
			`SELECT array_agg(id ORDER BY id) FILTER (WHERE (n - 1) % ${batchRows} = 0) AS firsts, max(id) AS last, count(*) AS total FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM ${sourceRows(table, mapping)}) numbered`,
		);
		const row = rows[0];
		if (row === undefined || Number(row.total) === 0) continue;
		all.push(
			...cutRanges(
				table,
				row.firsts.map(Number),
				Number(row.last),
				Number(row.total),
				batchRows,
			),
		);
	}
	return all;
}

/** Finds which ids the target has given out so far, and where its own range shall begin. */
export async function planBorn(
	source: Session,
	target: Session,
	mapping: Mapping,
): Promise<AllBorn> {
	const born: Record<string, Born> = {};
	for (const { source: table, target: own } of mapping.tables) {
		const highest = await source.query<{ id: string | null }>(
			`SELECT max(t.id)::text AS id FROM ${sourceRows(table, mapping)}`,
		);
		const there = await target.query<{ id: string }>(
			`SELECT t.id::text AS id FROM ${quoteTable(own)} t ORDER BY t.id`,
		);
		const ids = there.rows.map((row) => Number(row.id));
		const from =
			Math.max(Number(highest.rows[0]?.id ?? 0), ids.at(-1) ?? 0) +
			reservedIds +
			1;
		born[table] = { from, ids };
	}
	return born;
}

export interface Plan {
	readonly place: string;
	readonly snapshot: Snapshot;
	readonly rules: ConversionRules;
	readonly batches: readonly Batch[];
	readonly born: AllBorn;
	readonly quarantine: Quarantine;
	readonly repaired: readonly Repaired[];
	/** Whether indexes may go for the time of the load, where the tables are ours and empty. */
	readonly defersIndexes: boolean;
}

/** Writes the plan and the quarantine down in one transaction, and takes indexes away where that may be done. */
export async function recordPlan(
	sources: readonly Session[],
	target: Session,
	plan: Plan,
): Promise<Conversion> {
	const { startedAt, ...settings } = plan.rules;
	const { mapping } = settings;
	await withTransaction(target, async () => {
		for (const { source: table, target: own } of mapping.tables) {
			await target.query(
				"SELECT setval(pg_get_serial_sequence($1, 'id'), $2, false)",
				[quoteTable(own), plan.born[table]?.from],
			);
		}
		const { batches } = plan;
		await target.query(
			"INSERT INTO cutover.checkpoint (source_table, from_id, to_id, row_count) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])",
			[
				batches.map((batch) => batch.table),
				batches.map((batch) => batch.from),
				batches.map((batch) => batch.to),
				batches.map((batch) => batch.rows),
			],
		);
		for (const [table, reasons] of plan.quarantine) {
			await writeQuarantine(sources, target, table, reasons, settings);
		}
		const usersAway = reasonsOf(plan.quarantine, mapping.users.source);
		await writeRepaired(target, plan.repaired, usersAway, settings);
		await target.query(
			`INSERT INTO cutover.conversion (started_at, source, settings, snapshot_xmin, born, plan_hash) VALUES ($1, $2, $3, $4::text::xid8, $5, ${planHashSql})`,
			[
				startedAt,
				fingerprint(plan.place),
				JSON.stringify(settings),
				String(plan.snapshot.xmin),
				JSON.stringify(plan.born),
			],
		);
		await record(target, "convert started", { batches: batches.length });
		// Last: from here to the end of the transaction nobody else can look into these tables.
		const tables = targetTables(mapping);
		if (plan.defersIndexes && (await canDefer(target, tables))) {
			await deferIndexes(target, tables);
		}
	});
	return {
		rules: plan.rules,
		source: fingerprint(plan.place),
		snapshotXmin: plan.snapshot.xmin,
		born: plan.born,
		isLoaded: false,
	};
}

/** The ranges of a shard that are not loaded yet. */
export async function pendingBatches(
	target: Session,
	shard: Shard,
): Promise<readonly Batch[]> {
	const { rows } = await target.query<{
		source_table: string;
		from_id: string;
		to_id: string;
		row_count: string;
	}>(
		"SELECT source_table, from_id, to_id, row_count FROM (SELECT *, row_number() OVER (ORDER BY source_table, from_id) - 1 AS place FROM cutover.checkpoint) c WHERE loaded_at IS NULL AND place % $1 = $2 ORDER BY source_table, from_id",
		[shard.count, shard.index - 1],
	);
	return rows.map((row) => ({
		table: row.source_table,
		from: Number(row.from_id),
		to: Number(row.to_id),
		rows: Number(row.row_count),
	}));
}

/**
 * Refuses to finish a load whose checkpoints and rows do not agree.
 *
 * @throws RefusedError naming the table and both numbers.
 */
export async function requireCheckpoints(
	target: Session,
	{ rules, born }: Conversion,
): Promise<void> {
	const counted = await target.query(
		"SELECT FROM cutover.conversion WHERE counted_at IS NOT NULL",
	);
	if (counted.rowCount === 1) return;
	const { rows } = await target.query<{ table: string; rows: string }>(
		"SELECT source_table AS table, sum(row_count) AS rows FROM cutover.checkpoint GROUP BY source_table",
	);
	for (const { table, rows: recorded } of rows) {
		const there = await target.query<{ count: string }>(
			`SELECT count(*) FROM (${migratedIdsSql(table, rules.mapping, born)}) there`,
		);
		if (there.rows[0]?.count === recorded) continue;
		throw new RefusedError(
			`cutover.checkpoint says that ${recorded} rows of ${table} were loaded, the target has ${there.rows[0]?.count}; one of them was edited; nothing more was written; start with an empty target`,
		);
	}
	await target.query("UPDATE cutover.conversion SET counted_at = now()");
}
