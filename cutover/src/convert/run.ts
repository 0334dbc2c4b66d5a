import {
	connect,
	cut,
	endQuietly,
	type Session,
	withSession,
} from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { UsageError } from "../errors.ts";
import { liveSince, record } from "../journal.ts";
import type { Result } from "../outcome.ts";
import { catchUp } from "./catchUp.ts";
import { analyzeTables, isDeferred, restoreIndexes } from "./deferred.ts";
import { targetTables } from "./entities.ts";
import { goForwardAgain } from "./goForwardAgain.ts";
import type { Ids } from "./ids.ts";
import { judgeAll } from "./judge.ts";
import { loadRanges } from "./load.ts";
import { loadMapping } from "./loadMapping.ts";
import { requireSight } from "./pace.ts";
import {
	type Batch,
	planBatches,
	planBorn,
	recordPlan,
	requireCheckpoints,
} from "./plan.ts";
import {
	requireMapping,
	requireMigrated,
	requireSource,
	takeLock,
} from "./preflight.ts";
import { type Repaired, readRepaired } from "./quarantine.ts";
import { alreadyLive, type Pass, passResult, tally } from "./result.ts";
import type { ConvertSettings, LoadSettings } from "./settings.ts";
import { alone, inTurn, openRanges, type Shard } from "./shards.ts";
import {
	closeSnapshot,
	joinSnapshot,
	openSnapshot,
	type Snapshot,
} from "./snapshot.ts";
import {
	bornIds,
	type Conversion,
	readBornEmails,
	readConversion,
	readQuarantine,
	type WantedRules,
} from "./state.ts";
import { requireOpenTarget } from "./targetObstacles.ts";
import { orphanedRows, unsettledRows } from "./unsettled.ts";
import { copyUploads } from "./uploads.ts";

/** The two sessions that one conversion is led from. */
export interface Ends {
	readonly source: Session;
	readonly target: Session;
	/** Which database the source is. */
	readonly place: string;
	/** What every run has to be made with. */
	readonly wanted: WantedRules;
}

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

/** Opens both ends, checks that they may be used, takes the lock, and closes everything after the work. */
export async function withEnds<T>(
	settings: ConvertSettings,
	signal: AbortSignal,
	work: (ends: Ends) => Promise<T>,
	shard: Shard = alone,
): Promise<T> {
	if (
		(settings.filesSource === undefined) !==
		(settings.filesTarget === undefined)
	) {
		throw new UsageError(
			"--files-source and --files-target belong together: give both (FILES_SOURCE, FILES_TARGET) or none",
		);
	}
	const sessions: Session[] = [];
	const cutAll = () => {
		for (const session of sessions) cut(session);
	};
	signal.addEventListener("abort", cutAll);
	try {
		const target = await connect(settings.target, {
			what: "target",
			applicationName: "cutover convert",
		});
		sessions.push(target);
		const source = await connect(settings.source, {
			what: "source",
			readOnly: true,
			applicationName: "cutover convert",
		});
		sessions.push(source);
		const place = await requireSource(source, target);
		await requireMigrated(target);
		const mapping = await loadMapping(settings.mapping);
		await requireMapping(source, target, mapping);
		await takeLock(target, shard);
		const { namespace, timeZone, duplicates } = settings;
		const wanted = { namespace, timeZone, duplicates, mapping };
		return await work({ source, target, place, wanted });
	} catch (error) {
		signal.throwIfAborted();
		throw error;
	} finally {
		signal.removeEventListener("abort", cutAll);
		await Promise.all(sessions.map(endQuietly));
	}
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
	let snapshot = await openSnapshot(source);
	const { conversion, isNew } = await inTurn(target, "plan", async () => {
		const known = await readConversion(target, ends.place, ends.wanted);
		if (known !== undefined) return { conversion: known, isNew: false };
		return {
			conversion: await planLoad(ends, settings, snapshot, talk),
			isNew: true,
		};
	});
	const isWhole = isNew && shard.count === 1;
	let loadedRows = 0;
	let caughtUp = { changedRows: 0, writtenRows: 0 };
	let rangesLeft = 0;
	if (conversion.isLoaded) {
		caughtUp = await catchUp(source, target, {
			conversion,
			snapshot,
			filesSource,
			onWritten,
		});
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
		rangesLeft = await openRanges(target);
		if (rangesLeft === 0) {
			if (!isWhole) {
				// Some ranges were loaded by others, from other moments: the end looks at one that is after them all.
				await closeSnapshot(source);
				snapshot = await openSnapshot(source);
			}
			caughtUp = await inTurn(target, "finish", () =>
				finishLoad(ends, settings, {
					conversion,
					snapshot: isWhole ? undefined : snapshot,
					loadedRows,
					talk,
				}),
			);
		}
	}
	await closeSnapshot(source);
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
	return await orphanedRows(source, await readQuarantine(target), mapping);
}

async function planLoad(
	ends: Ends,
	settings: LoadSettings,
	snapshot: Snapshot,
	talk: Talk,
): Promise<Conversion> {
	const { source, target, wanted } = ends;
	talk.say("looking for rows that have to stay behind");
	const rules = { ...wanted, startedAt: new Date().toISOString() };
	const born = await planBorn(source, target, wanted.mapping);
	const request = {
		rules,
		bornEmails: await readBornEmails(target),
		bornIds: bornIds(born),
		filesSource: settings.filesSource,
	};
	let batches: readonly Batch[] = [];
	let repaired: readonly Repaired[] = [];
	const quarantine = await withSession(
		settings.source,
		{ what: "source", readOnly: true, applicationName: "cutover convert" },
		async (second) => {
			await joinSnapshot(second, snapshot);
			return await judgeAll([source, second], request, [
				async (free) => {
					batches = await planBatches(free, settings.batchRows, wanted.mapping);
				},
				async (free) => {
					repaired = await readRepaired(free, rules);
				},
			]);
		},
	);
	return await recordPlan(source, target, {
		place: ends.place,
		snapshot,
		rules,
		batches,
		born,
		quarantine,
		repaired,
		defersIndexes: !settings.liveTarget,
	});
}

/** What is left once every range is loaded. Another shard may have done it already. */
async function finishLoad(
	{ source, target, place, wanted }: Ends,
	settings: LoadSettings,
	done: {
		readonly conversion: Conversion;
		/** A moment to catch up with; undefined when all was loaded from the very snapshot that was judged. */
		readonly snapshot: Snapshot | undefined;
		readonly loadedRows: number;
		readonly talk: Talk;
	},
): Promise<{ changedRows: number; writtenRows: number }> {
	const nothing = { changedRows: 0, writtenRows: 0 };
	const { conversion, snapshot, talk } = done;
	const now = await readConversion(target, place, wanted);
	if (now?.isLoaded === true) return nothing;
	await requireCheckpoints(target, conversion);
	const tables = targetTables(wanted.mapping);
	const restore = (what: "indexes" | "foreign keys") =>
		restoreIndexes(target, settings.target, what, settings.workers, tables);
	await restore("indexes");
	const caughtUp =
		snapshot === undefined
			? nothing
			: await catchUp(source, target, {
					conversion,
					snapshot,
					filesSource: settings.filesSource,
					unsettled: await unsettledRows(
						source,
						await readQuarantine(target),
						wanted.mapping,
					),
				});
	await restore("foreign keys");
	talk.say("indexes and foreign keys are in place; measuring the tables");
	await analyzeTables(settings.target, settings.workers, tables);
	await target.query("UPDATE cutover.conversion SET loaded_at = now()");
	await record(target, "convert loaded", { rows: done.loadedRows });
	return caughtUp;
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
