import { setTimeout as sleep } from "node:timers/promises";
import { type Session, sqlState } from "../adapters/postgres.ts";
import { RefusedError, reasonOf, SlotLostError } from "../errors.ts";

/** The server ends the query of a client that was killed within 2 s, and then lets its slot go. */
const handOverMs = 5_000;

/**
 * Runs work on a slot and makes of the server's errors what an operator can act on. While another session uses the
 * slot the work is tried again for a moment: it may be the last run's, killed and about to end.
 *
 * @throws SlotLostError, or RefusedError naming the session in the way or the right that is missing.
 */
export async function explaining<T>(
	session: Session,
	slot: string,
	work: () => Promise<T>,
): Promise<T> {
	const deadline = performance.now() + handOverMs;
	for (;;) {
		try {
			return await work();
		} catch (error) {
			if (sqlState(error) === "55006" && performance.now() < deadline) {
				await sleep(100);
				continue;
			}
			throw await explain(session, slot, error);
		}
	}
}

async function explain(
	session: Session,
	slot: string,
	error: unknown,
): Promise<unknown> {
	const cause = { cause: error };
	switch (sqlState(error)) {
		case "55006":
			return new RefusedError(
				`the replication slot "${slot}" is in use by ${await holderOf(session, slot)}; wait for it or end it`,
				cause,
			);
		case "42501":
			return new RefusedError(
				`the source's login "${session.user}" may not use replication slots: ${reasonOf(error)}; run as superuser: ALTER ROLE "${session.user}" REPLICATION (on RDS: GRANT rds_replication TO "${session.user}")`,
				cause,
			);
		case "53400":
			return new RefusedError(
				`the replication slot "${slot}" cannot be made: ${reasonOf(error)}; drop a slot nobody needs or raise max_replication_slots (needs a restart)`,
				cause,
			);
		case "42704":
			// The slot was found a moment ago: it is gone, or what is missing is the publication.
			return new SlotLostError(
				slot,
				`something is missing at its position (${reasonOf(error)}): a publication made after the slot, or dropped since, hands out nothing`,
				cause,
			);
		case "55000":
			return /wal_level/.test(reasonOf(error))
				? new RefusedError(
						`the source cannot decode its log: ${reasonOf(error)}; run: ALTER SYSTEM SET wal_level = 'logical', then restart the server (on RDS: rds.logical_replication = 1, then reboot)`,
						cause,
					)
				: new SlotLostError(slot, reasonOf(error), cause);
		case "58P01":
			return /pgoutput/.test(reasonOf(error))
				? error
				: new SlotLostError(slot, reasonOf(error), cause);
		default:
			return error;
	}
}

async function holderOf(session: Session, slot: string): Promise<string> {
	const { rows } = await session.query<{ holder: string }>(
		"SELECT concat_ws(' ', 'process', s.active_pid, '(' || nullif(concat_ws(', ', nullif(a.application_name, ''), a.usename, host(a.client_addr)), '') || ')') AS holder FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid WHERE s.slot_name = $1 AND s.active_pid IS NOT NULL",
		[slot],
	);
	return rows[0]?.holder ?? "a session that has just ended";
}
