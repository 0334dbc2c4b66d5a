import { type Session, withSession } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { count, durationText } from "../convert/progress.ts";
import { alreadyLive } from "../convert/result.ts";
import { convertOnce, type Ends, withEnds } from "../convert/run.ts";
import { RefusedError, reasonOf } from "../errors.ts";
import { fenceState, lowerFence, raiseFence } from "../fence/fence.ts";
import { liveSince, record } from "../journal.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { validateBetween } from "../validate/run.ts";
import type { FinalSyncSettings } from "./settings.ts";

/**
 * Brings the target level with the source and makes it the live one: passes without a fence until one is short, then
 * fence, last pass, validation, and the journal says `live`. Whatever goes wrong before that, the fence comes off again.
 */
export async function finalSync(
	settings: FinalSyncSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	return await withEnds(settings, signal, async (ends) => {
		const live = await liveSince(ends.target);
		if (live !== undefined) return alreadyLive(live);
		await fenceState(ends.source, settings.appRole);
		await approach(ends, settings, talk, signal);
		// What the last rows cannot change is proven before anybody has to wait for it.
		const standing = await validateBetween(
			ends.source,
			ends.target,
			settings,
			"standing",
			signal,
		);
		if (standing.outcome !== "passed") {
			return {
				...standing,
				next: `Not cut over: validation ${standing.outcome} before the fence was raised, the legacy application was never stopped; next: cutover validate`,
			};
		}
		return await cross(ends, settings, standing.checks, talk, signal);
	});
}

async function approach(
	ends: Ends,
	settings: FinalSyncSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<void> {
	for (let pass = 1; pass <= settings.maxPasses; pass += 1) {
		signal.throwIfAborted();
		const done = await convertOnce(ends, settings, talk, signal);
		talk.say(
			`pass ${pass} without fence: ${count(done.changedRows)} changed rows, ${durationText(done.seconds)}`,
		);
		if (done.kind === "catch-up" && done.seconds < settings.shortPassSeconds) {
			return;
		}
	}
	throw new RefusedError(
		`no pass of ${settings.maxPasses} took less than ${settings.shortPassSeconds} s: the source changes faster than it can be followed; raise --workers or --short-pass-seconds`,
	);
}

async function cross(
	ends: Ends,
	settings: FinalSyncSettings,
	proven: readonly Check[],
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const fencedAt = performance.now();
	const checks: Check[] = [...proven];
	try {
		talk.say("fence on: the legacy application cannot write");
		await record(ends.target, "fence on", { appRole: settings.appRole });
		await raiseFence(ends.source, settings.appRole);
		const last = await convertOnce(ends, settings, talk, signal);
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
		);
		checks.push(...validated.checks);
		signal.throwIfAborted();
		const outcome = combineOutcomes(checks);
		const seconds = (performance.now() - fencedAt) / 1000;
		if (outcome !== "passed") {
			await release(settings, talk);
			return {
				outcome,
				checks,
				next: `Not cut over: validation ${outcome}; the fence is off again and the legacy application can write; next: cutover validate`,
				facts: validated.facts ?? {},
			};
		}
		await record(ends.target, "live", { fencedSeconds: seconds });
		talk.say(`from fence to live: ${durationText(seconds)}`);
		return {
			outcome,
			checks,
			next: "The target is live and the legacy application cannot write; next: switch the traffic, then cutover check smoke",
			facts: { fencedSeconds: seconds, ...validated.facts },
		};
	} catch (error) {
		await release(settings, talk);
		signal.throwIfAborted();
		throw error;
	}
}

/** Takes the fence off with sessions of its own: those of the work may be what broke. */
async function release(settings: FinalSyncSettings, talk: Talk): Promise<void> {
	try {
		await withSession(
			settings.source,
			{ what: "source", readOnly: true, applicationName: "cutover fence" },
			(source: Session) => lowerFence(source, settings.appRole),
		);
		talk.say("the fence is off again: the legacy application can write");
		await withSession(settings.target, { what: "target" }, (target) =>
			record(target, "fence off", { appRole: settings.appRole }),
		);
	} catch (error) {
		// The first error wins; what is left to do by hand must be said all the same.
		talk.say(
			`the fence could not be taken off: ${reasonOf(error)}; run: cutover fence off`,
		);
	}
}
