import { type Session, withSession } from "../adapters/postgres.ts";
import { requireMigrated } from "../convert/preflight.ts";
import { RefusedError, reasonOf, UnreachableError } from "../errors.ts";
import { lastFence, liveSince, record } from "../journal.ts";
import type { Result } from "../outcome.ts";
import {
	fenceState,
	lowerFence,
	loweringSql,
	raiseFence,
	requireFence,
} from "./fence.ts";
import type { FenceSettings } from "./settings.ts";

/** Puts the fence on, takes it off, or says how it stands. Repeatable. */
export async function fence(
	wanted: "on" | "off" | "status",
	settings: FenceSettings,
): Promise<Result> {
	const what = { applicationName: "cutover fence" };
	return await withSession(
		settings.source,
		{ ...what, what: "source", readOnly: true },
		async (source) =>
			await withSession(
				settings.target,
				{ ...what, what: "target" },
				async (target) => await change(wanted, source, target, settings),
			).catch((error: unknown) => {
				if (wanted !== "off" || !(error instanceof UnreachableError))
					throw error;
				throw new RefusedError(
					`${error.message}. The fence is left as it is, since only the target's journal can say that the migration is rolled back before somebody writes. If the target is lost, run on the source by hand: ${loweringSql(settings.appRole, source.database ?? "")}; and cutover fence off once the target answers`,
					{ cause: error },
				);
			}),
	);
}

async function change(
	wanted: "on" | "off" | "status",
	source: Session,
	target: Session,
	{ appRole }: FenceSettings,
): Promise<Result> {
	const startedAt = performance.now();
	// Whoever has to go back is not to update the target's schema first.
	if (wanted !== "off") await requireMigrated(target);
	const before = await fenceState(source, appRole);
	// A run that was killed may have changed the fence and not written it down, or the other way round.
	const written = (await lastFence(target))?.event;
	if (wanted === "on") {
		await requireFence(source, appRole);
		await raiseOrLeave(source, appRole);
		if (!before.isUp || written !== "fence on")
			await record(target, "fence on", { appRole });
	}
	const wasLive = await liveSince(target);
	let left: string | undefined;
	if (wanted === "off") {
		// Before anybody can write: a run that is killed in between is finished by the next one.
		if (wasLive !== undefined) {
			await record(target, "rolled back", { appRole, liveSince: wasLive });
		}
		left = await lowerFence(source, appRole);
		if (before.isUp || written === "fence on")
			await record(target, "fence off", { appRole });
	}
	const after = await fenceState(source, appRole);
	const last = await lastFence(target);
	const word = after.isUp ? "on" : "off";
	const isWanted = wanted === "status" || wanted === word;
	return {
		outcome: isWanted ? "passed" : "failed",
		checks: [
			{
				name: "fence",
				outcome: isWanted ? "passed" : "failed",
				expected: wanted === "status" ? "an answer" : wanted,
				actual: `${word}, ${after.sessions} sessions of ${appRole} connected`,
				details: [
					...(last === undefined
						? []
						: [`journal: ${last.event} at ${last.at}`]),
					...(left === undefined
						? []
						: [`${left}: read only until they end by themselves`]),
				],
				seconds: (performance.now() - startedAt) / 1000,
			},
		],
		next: after.isUp
			? "The fence is on, the legacy application cannot write; next: cutover final-sync, or cutover fence off"
			: wanted === "off" && wasLive !== undefined
				? `Rolled back: the legacy application can write, and the target is not the live one any more (it was since ${wasLive}); next: cutover sync --reverse --stop, then cutover convert or sync to follow the source again`
				: "The fence is off, the legacy application can write",
		facts: { fence: word },
	};
}

/** A fence that did not get up whole is taken off again: with half of one, nobody knows who can write. */
async function raiseOrLeave(source: Session, appRole: string): Promise<void> {
	try {
		await raiseFence(source, appRole);
	} catch (error) {
		const state = await lowerFence(source, appRole).then(
			() => "the fence is off again",
			(problem: unknown) =>
				`and the fence could not be taken off (${reasonOf(problem)}); run: cutover fence off`,
		);
		throw new RefusedError(`${reasonOf(error)}; ${state}`, { cause: error });
	}
}
