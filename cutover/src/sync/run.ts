import { setTimeout as sleep } from "node:timers/promises";
import { barrierLsn } from "../capture/barrier.ts";
import { slotState } from "../capture/slot.ts";
import type { Talk } from "../console.ts";
import { type Ends, withEnds } from "../convert/ends.ts";
import { goForwardAgain } from "../convert/goForwardAgain.ts";
import { count, durationText } from "../convert/progress.ts";
import { alreadyLive } from "../convert/result.ts";
import { RefusedError } from "../errors.ts";
import { liveSince, rolledBackSince } from "../journal.ts";
import type { Result } from "../outcome.ts";
import { closeFeed } from "./feed.ts";
import { type Follower, followTo, type Round } from "./follower.ts";
import { withFollower } from "./forward.ts";
import { sayingWhatStays, type UsedSlot, usedSlot } from "./keptSlot.ts";
import { withReverseFollower } from "./reverse/follow.ts";
import type { SyncSettings } from "./settings.ts";

/**
 * Follows the source until it is caught up, or until told to stop. Safe to kill at any moment.
 *
 * @throws whatever broke off the work; its text says which slot stays on the server then, and what to do about it.
 */
export async function sync(
	settings: SyncSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	return await sayingWhatStays(settings, talk, signal, (onSlot) =>
		syncWith(settings, talk, signal, onSlot),
	);
}

async function syncWith(
	settings: SyncSettings,
	talk: Talk,
	signal: AbortSignal,
	/** Told which slot the work will make or use, before it does. */
	onSlot: (slot: UsedSlot) => void,
): Promise<Result> {
	return await withEnds(settings, signal, async (ends) => {
		if (settings.stop) return await stop(ends, settings);
		const live = await liveSince(ends.target);
		const work = (follower: Follower) =>
			settings.untilCaughtUp
				? catchUpOnce(follower, talk, signal)
				: follow(follower, settings, talk, signal);
		if (settings.reverse) {
			if (live === undefined) {
				const since = await rolledBackSince(ends.target);
				if (since !== undefined) {
					throw new RefusedError(
						`the target was rolled back at ${since}: the legacy application writes again, and what was written on the target since the last round stays there; run cutover sync --reverse --stop, then cutover convert to go forward again`,
					);
				}
				throw new RefusedError(
					"the target is not live: there is nothing to carry back; run cutover final-sync first",
				);
			}
			onSlot(await usedSlot(ends.target, "reverse"));
			return await withReverseFollower(ends, settings, talk, signal, work);
		}
		if (live !== undefined) return alreadyLive(live);
		await goForwardAgain(ends.source, ends.target);
		onSlot(await usedSlot(ends.target, "forward"));
		return await withFollower(ends, settings, talk, signal, work);
	});
}

async function stop(
	{ source, target }: Ends,
	{ reverse }: SyncSettings,
): Promise<Result> {
	if (reverse) await closeFeed(target, target, "reverse");
	else await closeFeed(source, target, "forward");
	return stopped(reverse ? "target" : "source");
}

function stopped(where: "source" | "target"): Result {
	const expected = `no slot and no publication of ours on the ${where}`;
	const actual = "removed";
	return {
		outcome: "passed",
		checks: [{ name: "slot", outcome: "passed", expected, actual, seconds: 0 }],
		next:
			where === "source"
				? "The source keeps no WAL for us any more; cutover convert takes over later changes by transaction age"
				: "The target keeps no WAL for us any more; what is written there from now on stays there",
	};
}

/** Takes over everything that was written before the call. */
async function catchUpOnce(
	follower: Follower,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const barrier = await barrierLsn(follower.slotSession);
	const say = progress(follower, talk);
	const changed = await followTo(follower, barrier, say, signal);
	talk.endProgress();
	const seconds = (performance.now() - startedAt) / 1000;
	return {
		outcome: "passed",
		checks: [
			{
				name: "caught up",
				outcome: "passed",
				expected: `everything written before ${barrier}`,
				actual: `${count(changed)} changed rows taken over in ${durationText(seconds)}`,
				seconds,
			},
		],
		next: `${sides(follower)} had ${durationText(seconds)} ago; the slot ${follower.feed.slot} keeps what comes: ${nextSteps(follower)}`,
		facts: {
			position: barrier,
			changedRows: changed,
			slot: follower.feed.slot,
		},
	};
}

function sides({ feed }: Follower): string {
	return feed.direction === "forward"
		? "The target holds everything the source"
		: "The legacy tables hold everything the target";
}

function nextSteps({ feed }: Follower): string {
	return feed.direction === "forward"
		? "run cutover sync again, cutover final-sync, or cutover sync --stop"
		: "run cutover sync --reverse again, or cutover sync --reverse --stop";
}

/** Goes on until somebody says stop, which is the way to end it and no failure. */
async function follow(
	follower: Follower,
	settings: SyncSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const say = progress(follower, talk);
	let changed = 0;
	while (!signal.aborted) {
		const round = await follower.round().catch((error: unknown) => {
			// To stop cuts the sessions at once; what the round had not committed is done by the next run.
			if (signal.aborted) return undefined;
			throw error;
		});
		if (round === undefined) break;
		changed += round.changedRows;
		await say(round);
		if (!round.isMore && round.changedRows === 0) {
			await sleep(settings.pollMs, undefined, { signal }).catch(() => {});
		}
	}
	talk.endProgress();
	return {
		outcome: "passed",
		checks: [
			{
				name: "followed",
				outcome: "passed",
				expected: "changes taken over until told to stop",
				actual: `${count(changed)} changed rows`,
				seconds: (performance.now() - startedAt) / 1000,
			},
		],
		next: `Stopped; the slot ${follower.feed.slot} keeps what comes and fills the server's disk meanwhile: ${nextSteps(follower)}`,
		facts: { changedRows: changed, slot: follower.feed.slot },
	};
}

/** Says after a round, at most once a second, how far behind the target is. */
function progress(
	{ slotSession, feed }: Follower,
	talk: Talk,
): (round: Round) => Promise<void> {
	let changed = 0;
	let saidAt = 0;
	return async (round) => {
		changed += round.changedRows;
		if (performance.now() - saidAt < 1_000) return;
		saidAt = performance.now();
		const state = await slotState(slotSession, feed.slot);
		if (state === undefined) return;
		const room =
			state.safeWalBytes === undefined
				? ""
				: `, ${megabytes(state.safeWalBytes)} until the slot is lost`;
		talk.progress(
			`${count(changed)} changed rows taken over; ${megabytes(state.lagBytes)} behind, ${megabytes(state.retainedBytes)} kept on disk${room}`,
		);
	};
}

function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}
