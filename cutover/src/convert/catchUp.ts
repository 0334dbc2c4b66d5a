import type { Session } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";
import { record } from "../journal.ts";
import { type AllChanges, applyChanges, type Changes } from "./apply.ts";
import { type SourceTable, sourceTables } from "./entities.ts";
import { isNotAmong, judgeAll, type Quarantine } from "./judge.ts";
import { changedSince, type Snapshot } from "./snapshot.ts";
import {
	arrivedIdsSql,
	bornIds,
	type Conversion,
	readBornEmails,
	readQuarantine,
} from "./state.ts";

/** What a catch-up pass did. */
export interface CaughtUp {
	/** Source rows that changed, came or went. */
	readonly changedRows: number;
	/** Rows written on the target, the quarantine included. */
	readonly writtenRows: number;
}

/**
 * Takes over what changed on the source since the recorded snapshot: rows written since then, found by the age of
 * their transaction, are read again through the same conversion; rows that are gone are removed; the quarantine is
 * judged anew, since a change can make or resolve a duplicate. Writes nothing when nothing changed.
 * The source session looks at the given snapshot.
 */
export async function catchUp(
	source: Session,
	target: Session,
	request: {
		readonly conversion: Conversion;
		readonly snapshot: Snapshot;
		readonly filesSource?: string | undefined;
	},
): Promise<CaughtUp> {
	const { conversion, snapshot } = request;
	const condition = changedSince(conversion.snapshotXmin, snapshot);
	const [{ known, bornEmails }, changed] = await Promise.all([
		readTarget(target),
		readChanged(source, condition, conversion),
	]);
	const gone = {} as Record<SourceTable, ReadonlySet<number>>;
	for (const table of sourceTables) {
		gone[table] = await goneIds(source, target, {
			table,
			born: conversion.born,
			changed: changed[table],
		});
	}
	const changedRows = sourceTables.reduce(
		(sum, table) => sum + changed[table].size + gone[table].size,
		0,
	);
	if (changedRows === 0 && bornEmails.length === 0 && !mayResolve(known)) {
		return { changedRows, writtenRows: 0 };
	}
	const quarantine = await judgeAll(source, {
		rules: conversion.rules,
		changed,
		known,
		forget: (table, id) => changed[table].has(id) || gone[table].has(id),
		bornEmails,
		bornIds: bornIds(conversion.born),
		filesSource: request.filesSource,
	});
	const changes = {} as Record<SourceTable, Changes>;
	for (const table of sourceTables) {
		changes[table] = compare({
			known: known[table],
			judged: quarantine[table],
			changed: changed[table],
			gone: gone[table],
		});
	}
	if (isNothing(changes)) return { changedRows, writtenRows: 0 };
	const writtenRows = await applyChanges(source, target, {
		rules: conversion.rules,
		changes,
		quarantine,
		snapshot,
	});
	if (writtenRows > 0) {
		await record(target, "catch-up", { changedRows, writtenRows });
	}
	return { changedRows, writtenRows };
}

/** What follows for one table from what was known, what is found now, and which rows changed or went. */
export function compare(facts: {
	readonly known: ReadonlyMap<number, string>;
	readonly judged: ReadonlyMap<number, string>;
	readonly changed: ReadonlySet<number>;
	readonly gone: ReadonlySet<number>;
}): Changes {
	const { known, judged, changed, gone } = facts;
	const store = new Set<number>();
	const remove = new Set<number>();
	const quarantine = new Set<number>();
	const release = new Set<number>();
	for (const id of changed) {
		if (!judged.has(id)) store.add(id);
	}
	for (const [id, reason] of judged) {
		if (!known.has(id)) remove.add(id);
		if (known.get(id) !== reason || changed.has(id)) quarantine.add(id);
	}
	for (const id of known.keys()) {
		if (judged.has(id)) continue;
		release.add(id);
		if (!gone.has(id)) store.add(id);
	}
	for (const id of gone) {
		if (!known.has(id)) remove.add(id);
	}
	return { store, remove, quarantine, release };
}

function isNothing(changes: AllChanges): boolean {
	return Object.values(changes).every(
		(one) =>
			one.store.size +
				one.remove.size +
				one.quarantine.size +
				one.release.size ===
			0,
	);
}

async function readTarget(target: Session) {
	return {
		known: await readQuarantine(target),
		bornEmails: await readBornEmails(target),
	};
}

async function readChanged(
	source: Session,
	condition: string,
	conversion: Conversion,
): Promise<Readonly<Record<SourceTable, ReadonlySet<number>>>> {
	const changed = {} as Record<SourceTable, ReadonlySet<number>>;
	for (const table of sourceTables) {
		changed[table] = await changedIds(source, table, condition, conversion);
	}
	return changed;
}

/** Whether something in the quarantine can be released by a change outside the source's tables. */
function mayResolve(known: Quarantine): boolean {
	return sourceTables.some((table) =>
		[...known[table].values()].some((reason) =>
			/^(bytes |e-mail belongs|id is taken)/.test(reason),
		),
	);
}

async function changedIds(
	source: Session,
	table: SourceTable,
	condition: string,
	conversion: Conversion,
): Promise<ReadonlySet<number>> {
	const { rows } = await source.query<{ id: string }>(
		`SELECT t.id::text AS id FROM ${table} t WHERE ${condition}`,
	);
	const ids = new Set(rows.map((row) => Number(row.id)));
	const limit = conversion.born[table]?.from;
	if (limit !== undefined) {
		for (const id of ids) {
			if (id < limit) continue;
			throw new RefusedError(
				`${table} ${id} of the source lies in the range from ${limit} that the target gives out itself; the cutover took too long for the ids set aside`,
			);
		}
	}
	return ids;
}

/** Ids per bucket, when two sides are compared without sending every id. */
const bucketIds = 8_192;

async function goneIds(
	source: Session,
	target: Session,
	request: {
		readonly table: SourceTable;
		readonly born: Conversion["born"];
		readonly changed: ReadonlySet<number>;
	},
): Promise<ReadonlySet<number>> {
	const { table, changed } = request;
	const arrived = `(${arrivedIdsSql(table, request.born)})`;
	const present = `(SELECT id::bigint AS id FROM ${table})`;
	const [there, here] = await Promise.all([
		sums(target, arrived, changed),
		sums(source, present, changed),
	]);
	const buckets = [...there]
		.filter(([bucket, sum]) => here.get(bucket) !== sum)
		.map(([bucket]) => bucket);
	const gone = new Set<number>();
	// Changed rows are left out of the sums; one of them may have been deleted and made again, which is no loss.
	for (const bucket of buckets) {
		const range = `id / ${bucketIds} = ${bucket}`;
		const [had, has] = await Promise.all([
			ids(target, arrived, range),
			ids(source, present, range),
		]);
		const still = new Set(has);
		for (const id of had) if (!still.has(id)) gone.add(id);
	}
	return gone;
}

async function sums(
	session: Session,
	from: string,
	without: ReadonlySet<number>,
): Promise<ReadonlyMap<string, string>> {
	const { rows } = await session.query<{ bucket: string; sum: string }>(
		`SELECT (id / ${bucketIds})::text AS bucket, count(*) || ':' || sum(hashint8(id)::bigint) AS sum FROM ${from} t WHERE ${isNotAmong("id", without)} GROUP BY 1`,
	);
	return new Map(rows.map((row) => [row.bucket, row.sum]));
}

async function ids(
	session: Session,
	from: string,
	where: string,
): Promise<readonly number[]> {
	const { rows } = await session.query<{ id: string }>(
		`SELECT id::text AS id FROM ${from} t WHERE ${where}`,
	);
	return rows.map((row) => Number(row.id));
}
