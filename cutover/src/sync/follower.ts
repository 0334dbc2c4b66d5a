import type { Session } from "../adapters/postgres.ts";
import { compareLsn } from "../capture/lsn.ts";
import { type Peeked, peekKeys } from "../capture/peek.ts";
import { advanceSlot } from "../capture/slot.ts";
import type { Feed } from "./feed.ts";

/** What was taken over. */
export interface Taken {
	/** Rows that changed, came or went. */
	readonly changedRows: number;
	readonly writtenRows: number;
	readonly copiedFiles: number;
}

/** What one round did. */
export interface Round extends Taken {
	/** Everything that committed before is on the other side. */
	readonly position: string;
	/** There may be more to read at once. */
	readonly isMore: boolean;
}

/** One side's changes, taken over to the other round by round. */
export interface Follower {
	/** Takes over what has changed since the last round, at most up to a position. */
	round(upTo?: string): Promise<Round>;
	/** The session that looks at slot and server; not to be used inside a transaction. */
	readonly slotSession: Session;
	readonly feed: Feed;
}

/**
 * Reads a feed round by round: the keys are looked at, taken over, and only then taken off the slot.
 *
 * @param maxChanges changes taken over in one round at least, before the position moves.
 * @param take takes the keys over, and writes the position down in the same transaction.
 */
export function createFollower(
	slotSession: Session,
	feed: Feed,
	maxChanges: number,
	take: (peeked: Peeked, upTo: string | undefined) => Promise<Taken>,
): Follower {
	const { slot, publication } = feed;
	return {
		slotSession,
		feed,
		async round(upTo) {
			const request = { slot, publication, maxChanges, upTo };
			const peeked = await peekKeys(slotSession, request);
			const taken = await take(peeked, upTo);
			await advanceSlot(slotSession, slot, peeked.lsn);
			return { ...taken, position: peeked.lsn, isMore: peeked.isMore };
		},
	};
}

/** Rounds until everything before the position is on the other side. */
export async function followTo(
	follower: Follower,
	position: string,
	onRound: (round: Round) => Promise<void>,
	signal: AbortSignal,
): Promise<number> {
	let changed = 0;
	for (;;) {
		signal.throwIfAborted();
		const round = await follower.round(position);
		changed += round.changedRows;
		await onRound(round);
		if (!round.isMore && compareLsn(round.position, position) >= 0)
			return changed;
	}
}
