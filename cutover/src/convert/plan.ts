import { type Session, withTransaction } from "../adapters/postgres.ts";
import { record } from "../journal.ts";
import { canDefer, deferIndexes } from "./deferred.ts";
import {
	type ConversionRules,
	ownTarget,
	type SourceTable,
	sourceTables,
} from "./entities.ts";
import type { Quarantine } from "./judge.ts";
import { writeQuarantine, writeRepaired } from "./quarantine.ts";
import type { Snapshot } from "./snapshot.ts";
import {
	type Born,
	type Conversion,
	fingerprint,
	ownedTables,
} from "./state.ts";

/**
 * Ids left to the source between its highest one at the load and the first one that the target gives out itself:
 * rows keep being made on both sides until the cutover.
 */
const reservedIds = 1_000_000;

/** One id range of one table: from (inclusive) to (exclusive). */
export interface Batch {
	readonly table: SourceTable;
	readonly from: number;
	readonly to: number;
	readonly rows: number;
}

/** Cuts sorted keys into ranges; `firsts` are every n-th key, `last` the highest. */
export function cutRanges(
	table: SourceTable,
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
): Promise<readonly Batch[]> {
	const all: Batch[] = [];
	for (const table of sourceTables) {
		const { rows } = await source.query<{
			firsts: string[];
			last: string;
			total: string;
		}>(
			`SELECT array_agg(id ORDER BY id) FILTER (WHERE (n - 1) % ${batchRows} = 0) AS firsts, max(id) AS last, count(*) AS total FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM ${table}) numbered`,
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
): Promise<Conversion["born"]> {
	const born: Partial<Record<SourceTable, Born>> = {};
	for (const table of ownedTables) {
		const highest = await source.query<{ id: string | null }>(
			`SELECT max(id)::text AS id FROM ${table}`,
		);
		const there = await target.query<{ id: string }>(
			`SELECT id::text AS id FROM ${ownTarget[table]} ORDER BY id`,
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
	readonly born: Conversion["born"];
	readonly quarantine: Quarantine;
}

/** Writes the plan and the quarantine down in one transaction, and takes indexes away where that may be done. */
export async function recordPlan(
	source: Session,
	target: Session,
	plan: Plan,
): Promise<Conversion> {
	const { startedAt, ...settings } = plan.rules;
	await withTransaction(target, async () => {
		if (await canDefer(target)) await deferIndexes(target);
		for (const table of ownedTables) {
			await target.query(
				"SELECT setval(pg_get_serial_sequence($1, 'id'), $2, false)",
				[ownTarget[table], plan.born[table]?.from],
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
		for (const table of sourceTables) {
			const reasons = plan.quarantine[table];
			await writeQuarantine(source, target, table, reasons);
		}
		await writeRepaired(source, target, plan.quarantine.legacy_users, "true");
		await target.query(
			"INSERT INTO cutover.conversion (started_at, source, settings, snapshot_xmin, born) VALUES ($1, $2, $3, $4::text::xid8, $5)",
			[
				startedAt,
				fingerprint(plan.place),
				JSON.stringify(settings),
				String(plan.snapshot.xmin),
				JSON.stringify(plan.born),
			],
		);
		await record(target, "convert started", { batches: batches.length });
	});
	return {
		rules: plan.rules,
		source: fingerprint(plan.place),
		snapshotXmin: plan.snapshot.xmin,
		born: plan.born,
		isLoaded: false,
	};
}

/** The ranges that are not loaded yet. */
export async function pendingBatches(
	target: Session,
): Promise<readonly Batch[]> {
	const { rows } = await target.query<{
		source_table: SourceTable;
		from_id: string;
		to_id: string;
		row_count: string;
	}>(
		"SELECT source_table, from_id, to_id, row_count FROM cutover.checkpoint WHERE loaded_at IS NULL ORDER BY source_table, from_id",
	);
	return rows.map((row) => ({
		table: row.source_table,
		from: Number(row.from_id),
		to: Number(row.to_id),
		rows: Number(row.row_count),
	}));
}
