import { type Session, sqlState } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";

/** One moment of the source that several sessions look at. */
export interface Snapshot {
	readonly id: string;
	/** Every transaction below this one is visible; 64 bits, so it never wraps around. */
	readonly xmin: bigint;
	/** No transaction from here on has begun. */
	readonly xmax: bigint;
}

/** Begins a read-only transaction on a frozen moment of the source; it lasts as long as the transaction. */
export async function openSnapshot(source: Session): Promise<Snapshot> {
	await source.query(
		"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
	);
	const { rows } = await source.query<{
		id: string;
		xmin: string;
		xmax: string;
	}>(
		"SELECT pg_export_snapshot() AS id, pg_snapshot_xmin(s)::text AS xmin, pg_snapshot_xmax(s)::text AS xmax FROM pg_current_snapshot() s",
	);
	const row = rows[0];
	if (row === undefined) throw new Error("the source gave no snapshot");
	return { id: row.id, xmin: BigInt(row.xmin), xmax: BigInt(row.xmax) };
}

/**
 * Lets another session of the source look at the same moment.
 *
 * @throws RefusedError when it is over, since the session that held it has ended.
 */
export async function joinSnapshot(
	source: Session,
	snapshot: Snapshot,
): Promise<void> {
	await source.query(
		"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
	);
	try {
		await source.query(`SET TRANSACTION SNAPSHOT '${snapshot.id}'`);
	} catch (error) {
		if (!goneStates.has(sqlState(error) ?? "")) throw error;
		throw new RefusedError(
			`the snapshot of the source at ${source.host}:${source.port} is gone: the session that held it has ended; run this again: it goes on from there`,
			{ cause: error },
		);
	}
}

/** What servers of different versions say of a snapshot that nobody holds any more. */
const goneStates = new Set(["22023", "42704", "55000"]);

/** Ends the transaction, and the moment with it. */
export async function closeSnapshot(source: Session): Promise<void> {
	await source.query("COMMIT");
}

/**
 * SQL condition over an alias of a table: the row's present version was written by a transaction that an earlier snapshot
 * may not have seen. Measured by age, which counts through the wraparound of the 32-bit transaction ids that rows carry.
 */
export function changedSince(
	earlierXmin: bigint,
	now: Snapshot,
	alias = "t",
): string {
	// Beyond half the circle ages say nothing: then every row counts as changed.
	if (now.xmax - earlierXmin >= 2n ** 31n) return "true";
	return `age(${alias}.xmin) BETWEEN 0 AND age('${earlierXmin}'::xid8::xid)`;
}
