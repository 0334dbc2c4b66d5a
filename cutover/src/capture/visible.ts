import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";

/** Longest wait for transactions whose commit is in the log to become visible. */
const visibleTimeoutMs = 30_000;

/**
 * Waits until every snapshot taken from now on sees the given transactions. A commit is in the log, and so in the feed,
 * a moment before others see it; much longer while a synchronous standby does not confirm it. Rows read in between
 * would be the old ones, and the change lost.
 *
 * @throws RefusedError naming the transaction that stays invisible.
 */
export async function waitUntilVisible(
	session: Session,
	xids: ReadonlySet<number>,
	timeoutMs = visibleTimeoutMs,
): Promise<void> {
	const deadline = performance.now() + timeoutMs;
	let waiting = [...xids];
	for (;;) {
		if (waiting.length === 0) return;
		const { rows } = await session.query<{ xmax: string; running: string[] }>(
			"SELECT pg_snapshot_xmax(s)::text AS xmax, ARRAY(SELECT pg_snapshot_xip(s)::text) AS running FROM pg_current_snapshot() s",
		);
		waiting = stillInvisible(waiting, {
			xmax: BigInt(rows[0]?.xmax ?? "0"),
			running: (rows[0]?.running ?? []).map(BigInt),
		});
		if (waiting.length > 0 && performance.now() > deadline) {
			throw new RefusedError(
				`transaction ${waiting[0]} of the source is committed but nobody sees it after ${timeoutMs / 1000} s: a synchronous standby does not confirm it; check synchronous_standby_names and pg_stat_replication, then run this again`,
			);
		}
		if (waiting.length > 0) await sleep(10);
	}
}

/** Which of the 32-bit transaction ids a snapshot does not see; all of them have committed. */
export function stillInvisible(
	xids: readonly number[],
	snapshot: { readonly xmax: bigint; readonly running: readonly bigint[] },
): number[] {
	const xmax = Number(BigInt.asUintN(32, snapshot.xmax));
	const running = new Set(
		snapshot.running.map((xid) => Number(BigInt.asUintN(32, xid))),
	);
	// The ids go round: behind xmax are those at most half a circle ahead of it.
	return xids.filter((xid) => running.has(xid) || ((xid - xmax) | 0) >= 0);
}
