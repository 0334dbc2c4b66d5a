import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { type Ends, withEnds } from "../convert/ends.ts";
import { goForwardAgain } from "../convert/goForwardAgain.ts";
import { count, durationText } from "../convert/progress.ts";
import { alreadyLive } from "../convert/result.ts";
import { RefusedError, reasonOf, StillFencedError } from "../errors.ts";
import { fenceState, raiseFence, requireFence } from "../fence/fence.ts";
import { liveSince, record, recordLive } from "../journal.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { closeFeed, readFeed } from "../sync/feed.ts";
import { withFollower } from "../sync/forward.ts";
import { sayingWhatStays, type UsedSlot, usedSlot } from "../sync/keptSlot.ts";
import { type Validated, validateBetween } from "../validate/run.ts";
import { type Approach, byAge, bySlot, comeNear } from "./approach.ts";
import { processOf, release, wasDeclaredLive } from "./release.ts";
import type { FinalSyncSettings } from "./settings.ts";
import { createWritten, type Written } from "./written.ts";

/**
 * Brings the target level with the source and makes it the live one: passes without a fence until one is short, then
 * fence, last pass, validation, and the journal says `live`. Whatever goes wrong before that, the fence comes off again.
 */
export async function finalSync(
	settings: FinalSyncSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	return await sayingWhatStays(settings, talk, signal, (onSlot) =>
		finalSyncWith(settings, talk, signal, onSlot),
	);
}

async function finalSyncWith(
	settings: FinalSyncSettings,
	talk: Talk,
	signal: AbortSignal,
	onSlot: (slot: UsedSlot) => void,
): Promise<Result> {
	return await withEnds(settings, signal, async (ends) => {
		const live = await liveSince(ends.target);
		if (live !== undefined) {
			await requireStillFenced(ends.source, settings.appRole, live);
			// The run that made it live may have been killed before it let go of the source.
			await letGo(ends.source, ends.target, talk);
			return alreadyLive(live);
		}
		await requireFence(ends.source, settings.appRole);
		await goForwardAgain(ends.source, ends.target);
		const isFollowed = (await readFeed(ends.target, "forward")) !== undefined;
		const written = createWritten();
		const { onWritten } = written;
		const work = { ends, settings, written, talk, signal };
		if (!isFollowed && !settings.follow) {
			const approach = byAge(ends, settings, talk, signal, onWritten);
			const done = await cutOver(approach, work);
			// A sync that was killed during its first pass has made a slot and recorded nothing.
			if (done.outcome === "passed")
				await letGo(ends.source, ends.target, talk);
			return done;
		}
		onSlot(await usedSlot(ends.target, "forward"));
		return await withFollower(
			ends,
			settings,
			talk,
			signal,
			async (follower) => {
				const approach = bySlot(follower, signal);
				const done = await cutOver(approach, work);
				if (done.outcome === "passed")
					await letGo(follower.slotSession, ends.target, talk);
				return done;
			},
			onWritten,
		);
	});
}

/** A target may be live only while nobody writes on the source. */
async function requireStillFenced(
	source: Session,
	appRole: string,
	live: string,
): Promise<void> {
	if ((await fenceState(source, appRole)).isUp) return;
	throw new RefusedError(
		`the target is live since ${live}, but the fence is off: what the legacy application writes does not reach the target; run cutover fence off, which writes the rollback down, then cutover final-sync again`,
	);
}

/** What every part of a cutover works with. */
interface Work {
	readonly ends: Ends;
	readonly settings: FinalSyncSettings;
	readonly written: Written;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

async function cutOver(approach: Approach, work: Work): Promise<Result> {
	const { ends, settings, talk, signal } = work;
	await comeNear(approach, settings, talk, signal);
	let pending: Pending = new Map();
	// What the last rows cannot change is proven before anybody has to wait for it.
	const standing = await validateBetween(
		ends.source,
		ends.target,
		settings,
		"standing",
		signal,
		{
			talk,
			onPending: (rows) => {
				pending = rows;
			},
		},
	);
	if (standing.outcome !== "passed") {
		const report = await standing.keepReport();
		return {
			outcome: standing.outcome,
			checks: standing.checks,
			facts: { reports: report.files },
			next: `Not cut over: validation ${standing.outcome} before the fence was raised (${worstOf(standing.checks)}), the legacy application was never stopped; next: cutover validate`,
		};
	}
	const proven = { ...standing, pending };
	return await cross(approach, proven, work);
}

/** What the first check that did not pass found. */
function worstOf(checks: readonly Check[]): string {
	const worst = checks.find(
		({ outcome, required }) => outcome !== "passed" && required !== false,
	);
	return worst === undefined ? "" : `${worst.name}: ${worst.actual}`;
}

/** Rows that were on their way when all the others were compared, by table of the source. */
type Pending = ReadonlyMap<string, ReadonlySet<number>>;

/** The target is live and needs no more changes; a slot left behind would fill the source's disk. */
async function letGo(
	source: Session,
	target: Session,
	talk: Talk,
): Promise<void> {
	try {
		await closeFeed(source, target, "forward");
	} catch (error) {
		talk.say(
			`the replication slot could not be removed: ${reasonOf(error)}; run: cutover sync --stop`,
		);
	}
}

async function cross(
	approach: Approach,
	proven: Validated & { readonly pending: Pending },
	{ ends, settings, written, talk, signal }: Work,
): Promise<Result> {
	const fencedAt = performance.now();
	const checks: Check[] = [...proven.checks];
	const pid = await processOf(ends.target);
	let isDeclaring = false;
	try {
		talk.say("fence on: the legacy application cannot write");
		await record(ends.target, "fence on", { appRole: settings.appRole });
		await raiseFence(ends.source, settings.appRole);
		written.begin();
		const last = await approach.pass();
		checks.push({
			name: "last pass",
			outcome: "passed",
			expected: "everything written before the fence is on the target",
			actual: `${count(last.changedRows)} changed rows, ${count(last.copiedFiles)} files`,
			seconds: last.seconds,
		});
		const validated = await validateBetween(
			ends.source,
			ends.target,
			settings,
			"moving",
			signal,
			{ only: written.and(proven.pending) },
		);
		checks.push(...validated.checks);
		signal.throwIfAborted();
		const outcome = combineOutcomes(checks);
		const seconds = (performance.now() - fencedAt) / 1000;
		if (outcome !== "passed") {
			await release(settings, talk, signal);
			const report = await validated.keepReport({ outcome, checks });
			return {
				outcome,
				checks,
				next: `Not cut over: validation ${outcome} (${worstOf(checks)}); the fence is off again and the legacy application can write; next: cutover validate`,
				facts: { counts: validated.counts, reports: report.files },
			};
		}
		isDeclaring = true;
		await recordLive(ends.target, seconds);
		isDeclaring = false;
		talk.say(`from fence to live: ${durationText(seconds)}`);
		// Not before: a bucket that does not answer must not keep the writes refused.
		const report = await validated.keepReport({ outcome, checks });
		for (const { actual } of report.checks) talk.say(actual);
		return {
			outcome,
			checks,
			next: "The target is live and the legacy application cannot write; next: switch the traffic, then cutover check smoke",
			facts: {
				fencedSeconds: seconds,
				counts: validated.counts,
				reports: report.files,
			},
		};
	} catch (error) {
		if (error instanceof StillFencedError) throw error;
		if (isDeclaring && (await wasDeclaredLive(settings.target, pid))) {
			throw new StillFencedError(
				`${reasonOf(error)}; the target was declared live all the same, and the fence stays on; run: cutover final-sync, which ends the work`,
				{ cause: error },
			);
		}
		await release(settings, talk, signal);
		signal.throwIfAborted();
		await proven.keepReport();
		throw error;
	}
}
