import type { Session } from "../adapters/postgres.ts";
import { compareLsn } from "../capture/lsn.ts";
import type { Feed } from "./feed.ts";

/** What one round did. */
export interface Round {
	/** Rows that changed, came or went. */
	readonly changedRows: number;
	readonly writtenRows: number;
	readonly copiedFiles: number;
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
