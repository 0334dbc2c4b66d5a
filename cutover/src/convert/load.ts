import { copyRows } from "../adapters/copy.ts";
import {
	connect,
	cut,
	endQuietly,
	literal,
	type Session,
} from "../adapters/postgres.ts";
import { convertSettings } from "../conversion/settings.ts";
import { findDoubtfulJson } from "./doubtfulJson.ts";
import { type ConversionRules, type Load, loadsOf } from "./entities.ts";
import { isNotAmong, type Quarantine } from "./judge.ts";
import type { Batch } from "./plan.ts";
import { joinSnapshot, type Snapshot } from "./snapshot.ts";

export interface LoadRequest {
	readonly source: string;
	readonly target: string;
	readonly workers: number;
	readonly rules: ConversionRules;
	readonly snapshot: Snapshot;
	readonly quarantine: Quarantine;
	/** SQL condition over alias `t` for rows to leave to the catch-up pass. */
	readonly leave?: string | undefined;
	readonly signal: AbortSignal;
	/** Told after every range, with the number of its source rows. */
	readonly onBatch: (rows: number) => void;
}

/** Copies the ranges, a few at a time, each with its checkpoint in one transaction. */
export async function loadBatches(
	batches: readonly Batch[],
	request: LoadRequest,
): Promise<void> {
	const queue = [...batches];
	const lanes = Math.min(request.workers, queue.length);
	await Promise.all(Array.from({ length: lanes }, () => lane(queue, request)));
}

/** The rows of a load that meet a condition, with doubtful settings judged; needs the source session for a look. */
export async function selectOf(
	load: Load,
	where: string,
	source: Session,
): Promise<string> {
	if (load.joinsDoubtful !== true) return load.select(where);
	const texts = await findDoubtfulJson(
		source,
		"legacy_users",
		"t.settings::text",
		where,
	);
	if (texts.length === 0) return load.select(where);
	const values = texts
		.map(
			({ id, text }) =>
				`(${id}::bigint, ${literal(JSON.stringify(convertSettings(text)))}::jsonb)`,
		)
		.join(",");
	return load.select(
		where,
		`LEFT JOIN (VALUES ${values}) doubtful(id, preferences) ON doubtful.id = t.id`,
	);
}

async function lane(queue: Batch[], request: LoadRequest): Promise<void> {
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
		await joinSnapshot(source, request.snapshot);
		for (let batch = queue.shift(); batch; batch = queue.shift()) {
			request.signal.throwIfAborted();
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
	request: LoadRequest,
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
	const kept = idsBetween(request.quarantine[batch.table], batch);
	const where = [
		`t.id >= ${batch.from} AND t.id < ${batch.to}`,
		isNotAmong("t.id", kept),
		...(request.leave === undefined ? [] : [`NOT (${request.leave})`]),
	].join(" AND ");
	let rows = 0;
	for (const load of loadsOf(batch.table, request.rules)) {
		const select = await selectOf(load, where, source);
		const into = `${load.target} (${load.columns.join(", ")})`;
		rows = await copyRows(source, select, target, into);
	}
	await target.query(
		"UPDATE cutover.checkpoint SET loaded_at = clock_timestamp(), row_count = $3 WHERE source_table = $1 AND from_id = $2",
		[...key, rows],
	);
	await target.query("COMMIT");
}

function idsBetween(
	reasons: ReadonlyMap<number, string>,
	batch: Batch,
): readonly number[] {
	const ids: number[] = [];
	for (const id of reasons.keys()) {
		if (id >= batch.from && id < batch.to) ids.push(id);
	}
	return ids;
}
