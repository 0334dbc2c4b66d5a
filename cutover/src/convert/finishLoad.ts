import type { Talk } from "../console.ts";
import { record } from "../journal.ts";
import { type CaughtUp, catchUp } from "./catchUp.ts";
import {
	analyzeTables,
	restoreForeignKeys,
	restoreIndexes,
} from "./deferred.ts";
import type { Ends } from "./ends.ts";
import { targetTables } from "./entities.ts";
import { withLanes } from "./lanes.ts";
import { requireCheckpoints } from "./plan.ts";
import { forgetUnmigrated } from "./quarantine.ts";
import type { LoadSettings } from "./settings.ts";
import { closeSnapshot, openSnapshot } from "./snapshot.ts";
import { type Conversion, readConversion } from "./state.ts";
import { waitForTarget } from "./tableWaits.ts";
import { unsettledRows } from "./unsettled.ts";

/** What was loaded. */
export interface Loaded {
	readonly conversion: Conversion;
	/** Whether all was loaded from the very moment that was judged: then there is nothing to catch up with. */
	readonly isWhole: boolean;
	/** Rows of the source that this process loaded. */
	readonly loadedRows: number;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/** What is left once every range is loaded. The source session is in no transaction. Another shard may have done it already. */
export async function finishLoad(
	ends: Ends,
	settings: LoadSettings,
	done: Loaded,
): Promise<CaughtUp> {
	const nothing = { changedRows: 0, writtenRows: 0 };
	const { target, place, wanted } = ends;
	const { conversion, talk } = done;
	const now = await readConversion(target, place, wanted);
	if (now?.isLoaded === true) return nothing;
	await requireCheckpoints(target, conversion);
	const tables = targetTables(wanted.mapping);
	const { target: url, workers } = settings;
	const wait = waitForTarget(wanted.mapping, done);
	const caughtUp = await withLanes({ url, workers }, wait, async (lanes) => {
		await restoreIndexes(target, lanes, tables);
		const caughtUp = done.isWhole
			? nothing
			: await catchUpAfter(ends, settings, done);
		await restoreForeignKeys(target, lanes);
		talk.say("indexes and foreign keys are in place; measuring the tables");
		await analyzeTables(lanes, tables);
		return caughtUp;
	});
	await target.query("UPDATE cutover.conversion SET loaded_at = now()");
	await record(target, "convert loaded", { rows: done.loadedRows });
	return caughtUp;
}

/** Some ranges were loaded by others, from other moments: this looks at one that is after them all. */
async function catchUpAfter(
	{ source, target, wanted }: Ends,
	{ filesSource }: LoadSettings,
	{ conversion, talk, signal }: Loaded,
): Promise<CaughtUp> {
	const snapshot = await openSnapshot(source);
	const unsettled = await unsettledRows(source, target, wanted.mapping);
	const caughtUp = await catchUp(source, target, {
		conversion,
		snapshot,
		filesSource,
		unsettled,
		talk,
		signal,
	});
	await closeSnapshot(source);
	await forgetUnmigrated(target, wanted.mapping);
	return caughtUp;
}
