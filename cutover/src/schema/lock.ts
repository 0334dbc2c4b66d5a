import { setTimeout as sleep } from "node:timers/promises";
import { holderOfLock } from "../adapters/advisoryLocks.ts";
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
		const holder =
			(await holderOfLock(session, { number: lockId }))?.named ??
			"a run that has just ended";
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
