import {
	connect,
	cut,
	endQuietly,
	type Session,
	withSession,
} from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { UsageError } from "../errors.ts";
import { liveSince, record } from "../journal.ts";
import type { Result } from "../outcome.ts";
import { catchUp } from "./catchUp.ts";
import { analyzeTables, restoreIndexes } from "./deferred.ts";
import type { ConversionRules } from "./entities.ts";
import { judgeAll } from "./judge.ts";
import { loadBatches } from "./load.ts";
import {
	type Batch,
	pendingBatches,
	planBatches,
	planBorn,
	recordPlan,
} from "./plan.ts";
import { requireMigrated, requireSource, takeLock } from "./preflight.ts";
import { count, progressText } from "./progress.ts";
import { alreadyLive, type Pass, passResult, tally } from "./result.ts";
import type { ConvertSettings } from "./settings.ts";
import {
	changedSince,
	closeSnapshot,
	joinSnapshot,
	openSnapshot,
	type Snapshot,
} from "./snapshot.ts";
import {
	bornIds,
	type Conversion,
	emptyQuarantine,
	readBornEmails,
	readConversion,
	readQuarantine,
} from "./state.ts";
import { copyUploads } from "./uploads.ts";

/** The two sessions that one conversion is led from. */
export interface Ends {
	readonly source: Session;
	readonly target: Session;
	/** Which database the source is. */
	readonly place: string;
}

/**
 * Converts everything the first time, what is left after a crash, and what changed ever after.
 * Safe to run again at any moment.
 */
export async function convert(
	settings: ConvertSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	return await withEnds(settings, signal, async (ends) => {
		const live = await liveSince(ends.target);
		if (live !== undefined) return alreadyLive(live);
		const pass = await convertOnce(ends, settings, talk, signal);
		return passResult(pass, await tally(ends.target));
	});
}

/** Opens both ends, checks that they may be used, takes the lock, and closes everything after the work. */
export async function withEnds<T>(
	settings: ConvertSettings,
	signal: AbortSignal,
	work: (ends: Ends) => Promise<T>,
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
		await takeLock(target);
		return await work({ source, target, place });
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
	settings: ConvertSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Pass> {
	const startedAt = performance.now();
	const snapshot = await openSnapshot(ends.source);
	const known = await readConversion(ends.target, ends.place, settings);
	const conversion = known ?? (await planLoad(ends, settings, snapshot, talk));
	let loadedRows = 0;
	if (!conversion.isLoaded) {
		loadedRows = await load(ends, settings, {
			conversion,
			snapshot,
			isResumed: known !== undefined,
			talk,
			signal,
		});
	}
	let caughtUp = { changedRows: 0, writtenRows: 0 };
	if (known !== undefined) {
		caughtUp = await catchUp(ends.source, ends.target, {
			conversion,
			snapshot,
			filesSource: settings.filesSource,
		});
	}
	if (!conversion.isLoaded) await finishLoad(ends, settings, loadedRows, talk);
	await closeSnapshot(ends.source);
	const copiedFiles = await copyFiles(ends.target, settings, talk, signal);
	talk.endProgress();
	return {
		kind:
			known === undefined
				? "load"
				: conversion.isLoaded
					? "catch-up"
					: "resumed load",
		loadedRows,
		...caughtUp,
		copiedFiles,
		seconds: (performance.now() - startedAt) / 1000,
	};
}

async function planLoad(
	ends: Ends,
	settings: ConvertSettings,
	snapshot: Snapshot,
	talk: Talk,
): Promise<Conversion> {
	const { source, target } = ends;
	talk.say("looking for rows that have to stay behind");
	const rules: ConversionRules = {
		namespace: settings.namespace,
		timeZone: settings.timeZone,
		duplicates: settings.duplicates,
		startedAt: new Date().toISOString(),
	};
	const born = await planBorn(source, target);
	const bornEmails = await readBornEmails(target);
	const request = {
		rules,
		known: emptyQuarantine(),
		forget: () => true,
		bornEmails,
		bornIds: bornIds(born),
		filesSource: settings.filesSource,
	};
	const [quarantine, batches] = await withSession(
		settings.source,
		{ what: "source", readOnly: true, applicationName: "cutover convert" },
		async (second) => {
			await joinSnapshot(second, snapshot);
			return [
				await judgeAll(source, request, second),
				await planBatches(second, settings.batchRows),
			] as const;
		},
	);
	return await recordPlan(source, target, {
		place: ends.place,
		snapshot,
		rules,
		batches,
		born,
		quarantine,
	});
}

async function load(
	ends: Ends,
	settings: ConvertSettings,
	request: {
		readonly conversion: Conversion;
		readonly snapshot: Snapshot;
		readonly isResumed: boolean;
		readonly talk: Talk;
		readonly signal: AbortSignal;
	},
): Promise<number> {
	const { talk, conversion, snapshot } = request;
	const pending = await pendingBatches(ends.target);
	const quarantine = await readQuarantine(ends.target);
	const total = pending.reduce((sum, batch) => sum + batch.rows, 0);
	talk.say(
		`${request.isResumed ? "resuming: " : ""}${count(total)} rows in ${count(pending.length)} ranges to load`,
	);
	const startedAt = performance.now();
	let done = 0;
	const shared = {
		source: settings.source,
		target: settings.target,
		workers: settings.workers,
		rules: conversion.rules,
		snapshot,
		quarantine,
		// Rows that changed since the plan was made are taken over by the catch-up pass, judged anew.
		leave: request.isResumed
			? changedSince(conversion.snapshotXmin, snapshot)
			: undefined,
		signal: request.signal,
		onBatch: (rows: number) => {
			done += rows;
			const seconds = (performance.now() - startedAt) / 1000;
			talk.progress(progressText(done, total, seconds));
		},
	};
	for (const phase of phases(pending)) await loadBatches(phase, shared);
	talk.endProgress();
	await restoreIndexes(
		ends.target,
		settings.target,
		"indexes",
		settings.workers,
	);
	return done;
}

/** Owners before what they own, where foreign keys watch. */
function phases(batches: readonly Batch[]): readonly (readonly Batch[])[] {
	const of = (...tables: readonly string[]) =>
		batches.filter((batch) => tables.includes(batch.table));
	return [
		of("legacy_users"),
		of("workflows", "uploaded_files"),
		of("workflow_steps"),
	];
}

async function finishLoad(
	ends: Ends,
	settings: ConvertSettings,
	loadedRows: number,
	talk: Talk,
): Promise<void> {
	const { target } = ends;
	await restoreIndexes(
		target,
		settings.target,
		"foreign keys",
		settings.workers,
	);
	talk.say("indexes and foreign keys are in place; measuring the tables");
	await analyzeTables(settings.target, settings.workers);
	await target.query("UPDATE cutover.conversion SET loaded_at = now()");
	await record(target, "convert loaded", { rows: loadedRows });
}

async function copyFiles(
	target: Session,
	settings: ConvertSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<number> {
	const { filesSource, filesTarget } = settings;
	if (filesSource === undefined || filesTarget === undefined) return 0;
	return await copyUploads(target, { filesSource, filesTarget }, talk, signal);
}
