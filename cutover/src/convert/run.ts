import type { Talk } from "../console.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { liveSince } from "../journal.ts";
import type { Result } from "../outcome.ts";
import { catchUp } from "./catchUp.ts";
import { isDeferred } from "./deferred.ts";
import { type Ends, withEnds } from "./ends.ts";
import { finishLoad } from "./finishLoad.ts";
import { goForwardAgain } from "./goForwardAgain.ts";
import type { Ids } from "./ids.ts";
import { loadRanges } from "./load.ts";
import { requireSight } from "./pace.ts";
import { planLoad } from "./planLoad.ts";
import { alreadyLive, type Pass, passResult, tally } from "./result.ts";
import type { ConvertSettings, LoadSettings } from "./settings.ts";
import { alone, inTurn, openRanges } from "./shards.ts";
import { closeSnapshot, openSnapshot } from "./snapshot.ts";
import { readConversion } from "./state.ts";
import { requireOpenTarget } from "./targetObstacles.ts";
import { orphanedRows } from "./unsettled.ts";
import { copyUploads } from "./uploads.ts";

/**
 * Converts everything the first time, what is left after a crash, and what changed ever after.
 * Safe to run again at any moment.
 */
export async function convert(
	settings: LoadSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const shard = settings.shard ?? alone;
	return await withEnds(
		settings,
		signal,
		async (ends) => {
			const live = await liveSince(ends.target);
			if (live !== undefined) return alreadyLive(live);
			await requireSight(settings, ends.source, ends.target);
			await goForwardAgain(ends.source, ends.target);
			const pass = await convertOnce(ends, settings, talk, signal);
			const { mapping } = ends.wanted;
			return passResult(pass, await tally(ends.target, mapping));
		},
		shard,
	);
}

/** One pass over a consistent moment of the source. */
export async function convertOnce(
	ends: Ends,
	settings: LoadSettings,
	talk: Talk,
	signal: AbortSignal,
	/** Told which rows a catch-up pass wrote. */
	onWritten?: (ids: Ids) => void,
): Promise<Pass> {
	const { source, target } = ends;
	const { shard = alone, filesSource } = settings;
	const startedAt = performance.now();
	await requireOpenTarget(target, ends.wanted.mapping);
	const snapshot = await openSnapshot(source);
	const turns = { talk, signal };
	const { conversion, isNew } = await inTurn(
		target,
		"plan",
		turns,
		async () => {
			const known = await readConversion(target, ends.place, ends.wanted);
			if (known !== undefined) return { conversion: known, isNew: false };
			talk.say("looking for rows that have to stay behind");
			return {
				conversion: await planLoad(ends, settings, snapshot, talk, signal),
				isNew: true,
			};
		},
	);
	let loadedRows = 0;
	let caughtUp = { changedRows: 0, writtenRows: 0 };
	let rangesLeft = 0;
	if (conversion.isLoaded) {
		caughtUp = await catchUp(source, target, {
			conversion,
			snapshot,
			filesSource,
			onWritten,
			talk,
			signal,
		});
		await closeSnapshot(source);
	} else {
		loadedRows = await loadRanges(target, settings, {
			conversion,
			snapshot,
			shard,
			// Only a range's own snapshot shows it as it was judged; from any other, what changed since then is left out.
			isJudgedSnapshot: isNew,
			orphans: isNew
				? new Map()
				: await orphansToLeave(ends, conversion.rules.mapping),
			talk,
			signal,
		});
		// Nobody looks at this moment any more: the source may vacuum while indexes are built.
		await closeSnapshot(source);
		rangesLeft = await openRanges(target);
		if (rangesLeft === 0) {
			caughtUp = await inTurn(target, "finish", turns, () =>
				finishLoad(ends, settings, {
					conversion,
					isWhole: isNew && shard.count === 1,
					loadedRows,
					talk,
					signal,
				}),
			);
		}
	}
	const copiedFiles =
		rangesLeft === 0 ? await copyFiles(ends, settings, talk, signal) : 0;
	talk.endProgress();
	return {
		kind: isNew ? "load" : conversion.isLoaded ? "catch-up" : "resumed load",
		loadedRows,
		...caughtUp,
		copiedFiles,
		rangesLeft,
		seconds: (performance.now() - startedAt) / 1000,
	};
}

/** Where foreign keys watch during the load, rows without an owner cannot arrive; elsewhere they may until the end. */
async function orphansToLeave(
	{ source, target }: Ends,
	mapping: Mapping,
): Promise<Ids> {
	if (await isDeferred(target)) return new Map();
	return await orphanedRows(source, target, mapping);
}

/** Copies the bytes of files that are not on the target yet; answers how many. */
export async function copyFiles(
	{ target, wanted }: Ends,
	settings: ConvertSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<number> {
	const { filesSource, filesTarget } = settings;
	const table = wanted.mapping.tables.find((one) => one.file)?.target;
	if (!filesSource || !filesTarget || !table) return 0;
	const uploads = { filesSource, filesTarget, table };
	return await copyUploads(target, uploads, talk, signal);
}
