import { setTimeout as sleep } from "node:timers/promises";
import { barrierLsn } from "../capture/barrier.ts";
import { slotState } from "../capture/slot.ts";
import type { Talk } from "../console.ts";
import { count, durationText } from "../convert/progress.ts";
import { alreadyLive } from "../convert/result.ts";
import { withEnds } from "../convert/run.ts";
import { liveSince } from "../journal.ts";
import type { Result } from "../outcome.ts";
import {
	type Follower,
	followTo,
	type Round,
	stopFollowing,
	withFollower,
} from "./forward.ts";
import type { SyncSettings } from "./settings.ts";

/** Follows the source until it is caught up, or until told to stop. Safe to kill at any moment. */
export async function sync(
	settings: SyncSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	return await withEnds(settings, signal, async (ends) => {
		if (settings.stop) {
			await stopFollowing(ends.source, ends.target);
			return stopped;
		}
		const live = await liveSince(ends.target);
		if (live !== undefined) return alreadyLive(live);
		return await withFollower(ends, settings, talk, signal, (follower) =>
			settings.untilCaughtUp
				? catchUpOnce(follower, talk, signal)
				: follow(follower, settings, talk, signal),
		);
	});
}

const stopped: Result = {
	outcome: "passed",
	checks: [
		{
			name: "slot",
			outcome: "passed",
			expected: "no slot and no publication of ours on the source",
			actual: "removed",
			seconds: 0,
		},
	],
	next: "The source keeps no WAL for us any more; cutover convert takes over later changes by transaction age",
};

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
		next: `The target holds everything the source had ${durationText(seconds)} ago; the slot ${follower.feed.slot} keeps what comes: run cutover sync again, cutover final-sync, or cutover sync --stop`,
		facts: {
			position: barrier,
			changedRows: changed,
			slot: follower.feed.slot,
		},
	};
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
		const round = await follower.round();
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
		next: `Stopped; the slot ${follower.feed.slot} keeps what comes and fills the source's disk meanwhile: run cutover sync again, cutover final-sync, or cutover sync --stop`,
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
			`${count(changed)} changed rows taken over; ${megabytes(state.lagBytes)} behind, ${megabytes(state.retainedBytes)} kept on the source${room}`,
		);
	};
}

function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}
