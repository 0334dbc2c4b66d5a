import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";
import { compareLsn } from "./lsn.ts";

/**
 * A position behind every commit that anybody was told of before the call, once the server has written so far: a peek
 * whose `lsn` reaches it has seen them all. Commits made with synchronous_commit = off are in memory only at first, so
 * the server is made to write: by a message in the log of a transaction of ours, which changes no table.
 *
 * @param timeoutMs Longest wait. Default: 10 s.
 * @throws RefusedError when the server does not write that far in time.
 */
export async function barrierLsn(
	session: Session,
	timeoutMs = 10_000,
): Promise<string> {
	const deadline = performance.now() + timeoutMs;
	const barrier = await position(session, "pg_current_wal_insert_lsn");
	await session.query("BEGIN READ WRITE");
	try {
		// Written on this server is enough: no standby has a say here.
		await session.query("SET LOCAL synchronous_commit = local");
		await session.query("SELECT pg_logical_emit_message(true, 'cutover', '')");
		await session.query("COMMIT");
	} catch (error) {
		await session.query("ROLLBACK").catch(() => undefined);
		throw error;
	}
	for (;;) {
		const flushed = await position(session, "pg_current_wal_flush_lsn");
		if (compareLsn(flushed, barrier) >= 0) return barrier;
		if (performance.now() > deadline) {
			throw new RefusedError(
				`the source has written its log up to ${flushed} after ${timeoutMs / 1000} s, expected ${barrier}; check its disk, then run this again`,
			);
		}
		await sleep(10);
	}
}

async function position(
	session: Session,
	of: "pg_current_wal_insert_lsn" | "pg_current_wal_flush_lsn",
): Promise<string> {
	const { rows } = await session.query<{ lsn: string }>(
		`SELECT ${of}()::text AS lsn`,
	);
	return rows[0]?.lsn ?? "0/0";
}
