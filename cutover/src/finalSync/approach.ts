import { barrierLsn } from "../capture/barrier.ts";
import type { Talk } from "../console.ts";
import type { Ends } from "../convert/ends.ts";
import { count, durationText } from "../convert/progress.ts";
import { convertOnce } from "../convert/run.ts";
import { RefusedError } from "../errors.ts";
import { type Follower, followTo } from "../sync/follower.ts";
import type { FinalSyncSettings } from "./settings.ts";
import type { Written } from "./written.ts";

/** One pass over what has changed on the source. */
export interface LastPass {
	readonly changedRows: number;
	readonly copiedFiles: number;
	readonly seconds: number;
	/** False for a pass that still had to load: it says nothing about how long the next one takes. */
	readonly isCatchUp: boolean;
}

/** How the target comes up to the source: by comparing, or by following a slot. */
export interface Approach {
	/** Takes over what has changed until now. */
	pass(): Promise<LastPass>;
}

/** Finds changes by transaction age; reads the keys of every table in each pass. */
export function byAge(
	ends: Ends,
	settings: FinalSyncSettings,
	talk: Talk,
	signal: AbortSignal,
	onWritten: Written["onWritten"],
): Approach {
	return {
		async pass() {
			const done = await convertOnce(ends, settings, talk, signal, onWritten);
			return { ...done, isCatchUp: done.kind === "catch-up" };
		},
	};
}

/** Reads the slot's changes up to where the source stands now. */
export function bySlot(follower: Follower, signal: AbortSignal): Approach {
	return {
		async pass() {
			const startedAt = performance.now();
			const barrier = await barrierLsn(follower.slotSession);
			let copiedFiles = 0;
			const changedRows = await followTo(
				follower,
				barrier,
				async (round) => {
					copiedFiles += round.copiedFiles;
				},
				signal,
			);
			const seconds = (performance.now() - startedAt) / 1000;
			return { changedRows, copiedFiles, seconds, isCatchUp: true };
		},
	};
}

/** Passes until one is short enough to be repeated while nobody can write. */
export async function comeNear(
	approach: Approach,
	settings: Pick<FinalSyncSettings, "maxPasses" | "shortPassSeconds">,
	talk: Talk,
	signal: AbortSignal,
): Promise<void> {
	for (let pass = 1; pass <= settings.maxPasses; pass += 1) {
		signal.throwIfAborted();
		const done = await approach.pass();
		talk.say(
			`pass ${pass} without fence: ${count(done.changedRows)} changed rows, ${durationText(done.seconds)}`,
		);
		if (done.isCatchUp && done.seconds < settings.shortPassSeconds) return;
	}
	throw new RefusedError(
		`no pass of ${settings.maxPasses} took less than ${settings.shortPassSeconds} s: the source changes faster than it can be followed; raise --workers or --short-pass-seconds`,
	);
}
