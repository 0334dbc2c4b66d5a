import { setTimeout as sleep } from "node:timers/promises";
import { holderOfLock } from "../adapters/advisoryLocks.ts";
import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";

/** Which part of the ranges a process takes: the index-th of every count, beginning with 1. */
export interface Shard {
	readonly index: number;
	readonly count: number;
}

/** The whole, for a process that works alone. */
export const alone: Shard = { index: 1, count: 1 };

/** Longest wait for another shard while none of the ranges waited for is loaded. */
const patienceMs = 600_000;
const pollMs = 500;

/**
 * Waits until all shards have loaded their ranges of these tables: where foreign keys watch, what is owned cannot arrive
 * before its owner.
 */
export async function waitForTables(
	target: Session,
	tables: readonly string[],
	talk: Talk,
	signal: AbortSignal,
): Promise<void> {
	let left = await openRanges(target, tables);
	let sinceMs = performance.now();
	while (left > 0) {
		signal.throwIfAborted();
		if (performance.now() - sinceMs > patienceMs) {
			throw new RefusedError(
				`${left} ranges of ${tables.join(", ")} belong to other shards, and none was loaded for ${patienceMs / 60_000} minutes; start the shards that are missing, then this one again`,
			);
		}
		talk.progress(`waiting for other shards: ${left} ranges left`);
		await sleep(pollMs, undefined, { signal });
		const now = await openRanges(target, tables);
		if (now !== left) sinceMs = performance.now();
		left = now;
	}
	talk.endProgress();
}

/** How many ranges are not loaded yet, of these tables or of all. */
export async function openRanges(
	target: Session,
	tables?: readonly string[],
): Promise<number> {
	const { rows } = await target.query<{ count: string }>(
		`SELECT count(*) FROM cutover.checkpoint WHERE loaded_at IS NULL${tables === undefined ? "" : " AND source_table = ANY($1::text[])"}`,
		tables === undefined ? [] : [tables],
	);
	return Number(rows[0]?.count ?? 0);
}

/** What a shard does that no other may do at the same time, and what that is. */
const turns = {
	plan: "plans the load",
	finish: "finishes the load: it builds indexes and checks foreign keys",
} as const;

/**
 * Runs the work while no other shard does the same; it waits for its turn as long as that takes, and says once for whom.
 * The others may plan or finish for hours.
 */
export async function inTurn<T>(
	target: Session,
	what: keyof typeof turns,
	{ talk, signal }: { readonly talk: Talk; readonly signal: AbortSignal },
	work: () => Promise<T>,
): Promise<T> {
	const key = `cutover convert ${what}`;
	let said = false;
	while (!(await takesTurn(target, key))) {
		if (!said) {
			const holder = await holderOfLock(target, { text: key });
			talk.say(
				`waiting for ${holder?.named ?? "a shard that has just ended"}, which ${turns[what]}`,
			);
		}
		said = true;
		await sleep(pollMs, undefined, { signal }).catch(() => undefined);
		signal.throwIfAborted();
	}
	try {
		return await work();
	} finally {
		await target
			.query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [key])
			.catch(() => undefined);
	}
}

async function takesTurn(target: Session, key: string): Promise<boolean> {
	const { rows } = await target.query<{ got: boolean }>(
		"SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS got",
		[key],
	);
	return rows[0]?.got === true;
}
