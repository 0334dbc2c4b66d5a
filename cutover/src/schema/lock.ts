import { setTimeout as sleep } from "node:timers/promises";
import { isLockTrouble } from "../adapters/migrations.ts";
import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import { describedSchemas } from "./catalog.ts";

/** How long to wait for others; every time has its default here. */
export interface Patience {
	/** Longest wait for a table that others use, each time: everybody else queues behind us that long. */
	readonly lockTimeoutMs: number;
	/** How often a table is asked for before giving up. */
	readonly lockTries: number;
	/** Pause between two tries, in which the others go on. */
	readonly pauseMs: number;
	/** Longest wait for another run of `schema apply` or `schema rollback`. */
	readonly runWaitMs: number;
}

export const defaultPatience: Patience = {
	lockTimeoutMs: 2_000,
	lockTries: 15,
	pauseMs: 2_000,
	runWaitMs: 60_000,
};

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

/**
 * Runs work that needs whole tables, so that nobody waits behind it for long: it gives up after `lockTimeoutMs`, lets the
 * others go on, and tries again.
 *
 * @throws RefusedError naming who holds the tables after `lockTries`.
 */
export async function withPatience<T>(
	session: Session,
	patience: Patience,
	talk: Talk,
	signal: AbortSignal,
	work: () => Promise<T>,
): Promise<T> {
	await session.query(`SET lock_timeout = ${patience.lockTimeoutMs}`);
	for (let tried = 1; ; tried += 1) {
		try {
			return await work();
		} catch (error) {
			if (!isLockTrouble(error)) throw error;
			const users = await usersOfTables(session);
			if (tried >= patience.lockTries) {
				throw new RefusedError(
					`the tables are in use, ${tried} tries of ${patience.lockTimeoutMs / 1000} s each got no lock: ${users}; end it or come back at a quieter time; nothing was changed`,
					{ cause: error },
				);
			}
			talk.say(
				`the tables are in use (${users}); letting them go on, try ${tried + 1} of ${patience.lockTries} in ${patience.pauseMs / 1000} s`,
			);
			await sleep(patience.pauseMs, undefined, { signal });
		}
	}
}

/** Who holds locks on tables of ours, the longest transaction first. */
async function usersOfTables(session: Session): Promise<string> {
	const { rows } = await session.query<{ user: string }>(
		`SELECT concat_ws(' ', nullif(min(application_name), ''), 'process', l.pid, 'as ' || min(usename), 'holds', string_agg(DISTINCT format('%s.%s', nspname, relname), ', '), 'for ' || extract(epoch FROM clock_timestamp() - min(xact_start))::int || ' s') AS user
		FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE l.granted AND l.pid <> pg_backend_pid() AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND relkind IN ('r', 'p') AND nspname = ANY($1::text[])
		GROUP BY l.pid ORDER BY min(xact_start) LIMIT 3`,
		[describedSchemas],
	);
	return rows.length === 0
		? "by somebody who has just ended"
		: rows.map((row) => row.user).join("; ");
}
