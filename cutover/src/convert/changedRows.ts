import type { Session } from "../adapters/postgres.ts";
import { sourceTables } from "../conversion/mapping.ts";
import { RefusedError } from "../errors.ts";
import { type Ids, idsOf, isNotAmong } from "./ids.ts";
import { changedSince, type Snapshot } from "./snapshot.ts";
import { sourceRows } from "./sourceRows.ts";
import { arrivedIdsSql, type Conversion } from "./state.ts";

/**
 * Finds what changed on the source since the recorded snapshot without any help of the source: rows written since then
 * by the age of their transaction, rows that are gone by comparing keys. Reads the key columns of every table once.
 * The source session looks at the given snapshot.
 */
export async function changedRows(
	source: Session,
	target: Session,
	conversion: Conversion,
	snapshot: Snapshot,
): Promise<Ids> {
	const condition = changedSince(conversion.snapshotXmin, snapshot);
	const { mapping } = conversion.rules;
	const all = new Map<string, ReadonlySet<number>>();
	for (const table of sourceTables(mapping)) {
		const rows = `SELECT t.id::text AS id FROM ${sourceRows(table, mapping)}`;
		const written = new Set(await ids(source, `${rows} WHERE ${condition}`));
		const gone = await goneIds(source, target, table, written, conversion);
		all.set(table, new Set([...written, ...gone]));
	}
	return all;
}

/**
 * Rows in quarantine whose reason lies outside the source's tables: the bytes of a file, or what was born on the target.
 * They are to be looked at again even when nobody changed them.
 */
export async function doubtfulRows(target: Session): Promise<Ids> {
	const { rows } = await target.query<{ source_table: string; ids: string[] }>(
		"SELECT source_table, array_agg(source_id) AS ids FROM cutover.quarantine WHERE reason ~ '^(bytes |e-mail belongs|id is taken)' GROUP BY source_table",
	);
	return new Map(
		rows.map((row) => [row.source_table, new Set(row.ids.map(Number))]),
	);
}

/**
 * @throws RefusedError when the source has given out an id that the target gives out itself.
 */
export function requireOwnIds(changed: Ids, { born }: Conversion): void {
	for (const [table, { from }] of Object.entries(born)) {
		for (const id of idsOf(changed, table)) {
			if (id < from) continue;
			throw new RefusedError(
				`${table} ${id} of the source lies in the range from ${from} that the target gives out itself; the cutover took too long for the ids set aside`,
			);
		}
	}
}

/** Ids per bucket, when two sides are compared without sending every id. */
const bucketIds = 8_192;

async function goneIds(
	source: Session,
	target: Session,
	table: string,
	changed: ReadonlySet<number>,
	{ rules, born }: Conversion,
): Promise<ReadonlySet<number>> {
	const { mapping } = rules;
	const arrived = `(${arrivedIdsSql(table, mapping, born)})`;
	const present = `(SELECT t.id::bigint AS id FROM ${sourceRows(table, mapping)})`;
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
		const inBucket = (from: string) =>
			`SELECT id::text AS id FROM ${from} x WHERE id / ${bucketIds} = ${bucket}`;
		const [had, has] = await Promise.all([
			ids(target, inBucket(arrived)),
			ids(source, inBucket(present)),
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

async function ids(session: Session, sql: string): Promise<readonly number[]> {
	const { rows } = await session.query<{ id: string }>(sql);
	return rows.map((row) => Number(row.id));
}
