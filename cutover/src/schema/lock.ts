import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../adapters/postgres.ts";
import {
	type LockPatience,
	type LockWait,
	lockPatience,
} from "../adapters/tableLocks.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import { describedSchemas } from "./catalog.ts";

/** How long to wait for others; every time has its default here. */
export interface Patience extends LockPatience {
	/** Longest wait for another run of `schema apply` or `schema rollback`. */
	readonly runWaitMs: number;
}

export const defaultPatience: Patience = { ...lockPatience, runWaitMs: 60_000 };

/** The lock that node-pg-migrate takes too, so that its own command line stays out as well. */
const lockId = "7241865325823964";

/**
 * Waits until no other run changes the schema, and keeps others out as long as the session lasts.
 *
 * @throws RefusedError naming the holder when it does not end in time.
 */
export async function takeSchemaLock(
	session: Session,
	patience: Patience,
	talk: Talk,
	signal: AbortSignal,
): Promise<void> {
	const deadline = performance.now() + patience.runWaitMs;
	let said = false;
	for (;;) {
		signal.throwIfAborted();
		const { rows } = await session.query<{ got: boolean }>(
			"SELECT pg_try_advisory_lock($1::bigint) AS got",
			[lockId],
		);
		if (rows[0]?.got === true) return;
		const holder = await holderOf(session);
		if (performance.now() > deadline) {
			throw new RefusedError(
				`the schema is being changed by ${holder}; wait for it or end it; nothing was changed`,
			);
		}
		if (!said) talk.say(`waiting for ${holder}, which changes the schema`);
		said = true;
		await sleep(100);
	}
}

async function holderOf(session: Session): Promise<string> {
	const { rows } = await session.query<{ holder: string }>(
		`SELECT concat_ws(' ', nullif(application_name, ''), 'process', pid, 'from ' || host(client_addr), 'since ' || backend_start::timestamptz(0)) AS holder
		FROM pg_locks JOIN pg_stat_activity USING (pid)
		WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ((classid::bigint << 32) | objid::bigint) = $1::bigint`,
		[lockId],
	);
	return rows[0]?.holder ?? "a run that has just ended";
}

/** How to wait for the tables whose shape is changed. */
export const tablesFor = (
	patience: LockPatience,
	talk: Talk,
	signal: AbortSignal,
): LockWait => ({
	patience,
	schemas: describedSchemas,
	state: "nothing was changed",
	talk,
	signal,
});
