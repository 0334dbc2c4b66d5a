import {
	connect,
	cut,
	endQuietly,
	type Session,
} from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { type Mapping, sourceTables } from "../conversion/mapping.ts";
import {
	fetchRows,
	isRefusal,
	prepareArriving,
	readDoubtful,
} from "./arriving.ts";
import { isDeferred } from "./deferred.ts";
import { type ConversionRules, insertSql } from "./entities.ts";
import { type Ids, idsOf, isNotAmong, sortedBetween } from "./ids.ts";
import { type Pace, withPace } from "./pace.ts";
import { type Batch, pendingBatches } from "./plan.ts";
import { count, progressText } from "./progress.ts";
import type { LoadSettings } from "./settings.ts";
import { type Shard, waitForTables } from "./shards.ts";
import { changedSince, joinSnapshot, type Snapshot } from "./snapshot.ts";
import { type Conversion, quarantinedIds } from "./state.ts";

/** What a process loads, and from which moment. */
export interface LoadRequest {
	readonly conversion: Conversion;
	readonly snapshot: Snapshot;
	readonly shard: Shard;
	/** Whether the snapshot is the one that was judged when the load was planned. */
	readonly isJudgedSnapshot: boolean;
	/** Rows to leave to the catch-up pass, since their owner is gone. */
	readonly orphans: Ids;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/** What the workers share. */
interface Lanes {
	readonly source: string;
	readonly target: string;
	readonly rules: ConversionRules;
	readonly snapshot: Snapshot;
	/** Sorted ids of the rows to leave, quarantined or for the catch-up pass, per table of the source. */
	readonly left: ReadonlyMap<string, readonly number[]>;
	/** SQL condition over alias `t` for further rows to leave to the catch-up pass. */
	readonly changed: string | undefined;
	readonly pace: Pace;
	readonly signal: AbortSignal;
	/** Told after every range, with the number of its source rows. */
	readonly onBatch: (rows: number) => void;
}

/** Loads this shard's ranges that are not loaded yet; answers the number of their source rows. */
export async function loadRanges(
	target: Session,
	settings: LoadSettings,
	request: LoadRequest,
): Promise<number> {
	const { conversion, snapshot, shard, talk, signal } = request;
	const { rules } = conversion;
	const pending = await pendingBatches(target, shard);
	const total = pending.reduce((sum, batch) => sum + batch.rows, 0);
	talk.say(
		`${request.isJudgedSnapshot ? "" : "going on: "}${count(total)} rows in ${count(pending.length)} ranges to load`,
	);
	const startedAt = performance.now();
	let done = 0;
	const left = idsToLeave(
		rules.mapping,
		await quarantinedIds(target),
		request.orphans,
	);
	await withPace(settings, talk, signal, async (pace) => {
		const lanes: Lanes = {
			source: settings.source,
			target: settings.target,
			rules,
			snapshot,
			left,
			changed: request.isJudgedSnapshot
				? undefined
				: changedSince(conversion.snapshotXmin, snapshot),
			pace,
			signal,
			onBatch: (rows) => {
				done += rows;
				const seconds = (performance.now() - startedAt) / 1000;
				talk.progress(progressText(done, total, seconds));
			},
		};
		const isWatched = shard.count > 1 && !(await isDeferred(target));
		for (const tables of phases(rules.mapping)) {
			const queue = pending.filter(({ table }) => tables.includes(table));
			const workers = Math.min(settings.workers, queue.length);
			await Promise.all(
				Array.from({ length: workers }, () => lane(queue, lanes)),
			);
			if (isWatched) await waitForTables(target, tables, talk, signal);
		}
	});
	talk.endProgress();
	return done;
}

/** Sorted once, so that every range finds its own without looking at all. */
function idsToLeave(
	mapping: Mapping,
	quarantined: ReadonlyMap<string, readonly number[]>,
	orphans: Ids,
): Lanes["left"] {
	return new Map(
		sourceTables(mapping).map((table) => [
			table,
			[...(quarantined.get(table) ?? []), ...idsOf(orphans, table)].toSorted(
				(one, other) => one - other,
			),
		]),
	);
}

/** Tables that may be loaded at the same time: owners before what they own, where foreign keys watch. */
export function phases(mapping: Mapping): readonly (readonly string[])[] {
	const all: string[][] = [[mapping.users.source]];
	for (const { source, owner } of mapping.tables) {
		const place = all.findIndex((tables) => tables.includes(owner.of)) + 1;
		all[place] = [...(all[place] ?? []), source];
	}
	return all;
}

async function lane(queue: Batch[], request: Lanes): Promise<void> {
	const source = await connect(request.source, {
		what: "source",
		readOnly: true,
		applicationName: "cutover convert worker",
	});
	const sessions = [source];
	const cutAll = () => {
		for (const session of sessions) cut(session);
	};
	request.signal.addEventListener("abort", cutAll);
	try {
		const target = await connect(request.target, {
			what: "target",
			applicationName: "cutover convert worker",
		});
		sessions.push(target);
		await prepareArriving(target, request.rules.mapping);
		// A range is kept in memory while it is converted. Nobody waits for the disk: a crash of the server may take the last
		// ranges back, each with its checkpoint, and what records that all is loaded waits for everything before it.
		await target.query(
			"SET work_mem = '64MB'; SET temp_buffers = '64MB'; SET synchronous_commit = off",
		);
		await joinSnapshot(source, request.snapshot);
		for (let batch = queue.shift(); batch; batch = queue.shift()) {
			request.signal.throwIfAborted();
			await request.pace.ready(batch.rows);
			await loadBatch(source, target, batch, request);
			request.onBatch(batch.rows);
		}
	} catch (error) {
		queue.length = 0;
		// A COPY may be half way on either side: only ending the sessions ends it for certain.
		cutAll();
		request.signal.throwIfAborted();
		throw error;
	} finally {
		request.signal.removeEventListener("abort", cutAll);
		await Promise.all(sessions.map(endQuietly));
	}
}

async function loadBatch(
	source: Session,
	target: Session,
	batch: Batch,
	request: Lanes,
): Promise<void> {
	const key = [batch.table, batch.from];
	await target.query("BEGIN");
	// A run that was killed may just be committing this very range: then the lock waits for it and finds it done.
	const open = await target.query(
		"SELECT FROM cutover.checkpoint WHERE source_table = $1 AND from_id = $2 AND loaded_at IS NULL FOR UPDATE",
		key,
	);
	if (open.rowCount === 0) {
		await target.query("ROLLBACK");
		return;
	}
	const left = request.left.get(batch.table) ?? [];
	const where = [
		`t.id >= ${batch.from} AND t.id < ${batch.to}`,
		isNotAmong("t.id", sortedBetween(left, batch.from, batch.to)),
		...(request.changed === undefined ? [] : [`NOT (${request.changed})`]),
	].join(" AND ");
	const { rules } = request;
	const { from, rows } = await fetchRows(
		source,
		target,
		batch.table,
		where,
		rules,
	);
	const insert = async (trusts: boolean) => {
		const doubtful = await readDoubtful(target, batch.table, rules, trusts);
		await target.query(insertSql(batch.table, rules, from, doubtful));
	};
	await target.query("SAVEPOINT arrived");
	await insert(true).catch(async (error: unknown) => {
		if (!isRefusal(error)) throw error;
		// One of those that looked right was not: now each is looked at.
		await target.query("ROLLBACK TO SAVEPOINT arrived");
		await insert(false);
	});
	await target.query(
		"UPDATE cutover.checkpoint SET loaded_at = clock_timestamp(), row_count = $3 WHERE source_table = $1 AND from_id = $2",
		[...key, rows],
	);
	await target.query("COMMIT");
}
