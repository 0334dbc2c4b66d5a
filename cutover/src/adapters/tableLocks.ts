import { setTimeout as sleep } from "node:timers/promises";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import { type Session, sqlState } from "./postgres.ts";

/** How long to wait for tables that others use. */
export interface LockPatience {
	/** Longest wait each time: everybody else queues behind us that long. */
	readonly lockTimeoutMs: number;
	/** How often a table is asked for before giving up. */
	readonly lockTries: number;
	/** Pause between two tries, in which the others go on. */
	readonly pauseMs: number;
}

export const lockPatience: LockPatience = {
	lockTimeoutMs: 2_000,
	lockTries: 15,
	pauseMs: 2_000,
};

/** What is waited for, and how. */
export interface LockWait {
	/** Default: `lockPatience`. */
	readonly patience?: LockPatience;
	/** Where the tables lie. */
	readonly schemas: readonly string[];
	/** How things stand when it gives up, for example `nothing was changed`. */
	readonly state: string;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/**
 * Runs work that needs whole tables, so that nobody waits behind it for long: it gives up after `lockTimeoutMs`, or when it
 * was ended to break a deadlock, lets the others go on, and tries again. The work is a transaction: what was tried is undone.
 *
 * @throws RefusedError naming who holds the tables after `lockTries`.
 */
export async function withPatience<T>(
	session: Session,
	{ patience = lockPatience, schemas, state, talk, signal }: LockWait,
	work: () => Promise<T>,
): Promise<T> {
	await session.query(`SET lock_timeout = ${patience.lockTimeoutMs}`);
	try {
		for (let tried = 1; ; tried += 1) {
			try {
				return await work();
			} catch (error) {
				if (!isLockTrouble(error)) throw error;
				const users = await usersOfTables(session, schemas);
				if (tried >= patience.lockTries) {
					throw new RefusedError(
						`the tables are in use, ${tried} tries of ${patience.lockTimeoutMs / 1000} s each got no lock: ${users}; end it or come back at a quieter time; ${state}`,
						{ cause: error },
					);
				}
				talk.say(
					`the tables are in use (${users}); letting them go on, try ${tried + 1} of ${patience.lockTries} in ${patience.pauseMs / 1000} s`,
				);
				await sleep(patience.pauseMs, undefined, { signal });
			}
		}
	} finally {
		// A session that is gone has nothing to be reset.
		await session.query("RESET lock_timeout").catch(() => undefined);
	}
}

/** Whether the server gave up waiting for a lock, or ended a deadlock. */
export function isLockTrouble(error: unknown): boolean {
	const state = sqlState(error);
	return state === "55P03" || state === "40P01";
}

/**
 * Who holds locks on tables, the longest transaction first, as text for people. Sessions that do the same work side by
 * side, and so have the same name, are left out.
 *
 * @param schemas where the tables lie; undefined: anywhere.
 * @param mode as `pg_locks` spells it, for example `AccessExclusiveLock`; undefined: any.
 */
export async function usersOfTables(
	session: Session,
	schemas?: readonly string[],
	mode?: string,
): Promise<string> {
	const { rows } = await session.query<{ user: string }>(
		`SELECT concat_ws(' ', nullif(min(application_name), ''), 'process', l.pid, 'as ' || min(usename), 'holds', string_agg(DISTINCT format('%s.%s', nspname, relname), ', '), 'for ' || extract(epoch FROM clock_timestamp() - min(xact_start))::int || ' s') AS user
		FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE l.granted AND a.application_name <> current_setting('application_name') AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND relkind IN ('r', 'p') AND ($1::text[] IS NULL OR nspname = ANY($1::text[])) AND ($2::text IS NULL OR l.mode = $2::text)
		GROUP BY l.pid ORDER BY min(xact_start) LIMIT 3`,
		[schemas, mode],
	);
	return rows.length === 0
		? "by somebody who has just ended"
		: rows.map((row) => row.user).join("; ");
}
