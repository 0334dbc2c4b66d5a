import type { Talk } from "../console.ts";
import { record } from "../journal.ts";
import { catchUp } from "./catchUp.ts";
import {
	analyzeTables,
	restoreForeignKeys,
	restoreIndexes,
	tablesOf,
} from "./deferred.ts";
import type { Ends } from "./ends.ts";
import { targetTables } from "./entities.ts";
import { requireCheckpoints } from "./plan.ts";
import type { LoadSettings } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Conversion, readConversion, readQuarantine } from "./state.ts";
import { unsettledRows } from "./unsettled.ts";

/** What is left once every range is loaded. Another shard may have done it already. */
export async function finishLoad(
	{ source, target, place, wanted }: Ends,
	settings: LoadSettings,
	done: {
		readonly conversion: Conversion;
		/** A moment to catch up with; undefined when all was loaded from the very snapshot that was judged. */
		readonly snapshot: Snapshot | undefined;
		readonly loadedRows: number;
		readonly talk: Talk;
		readonly signal: AbortSignal;
	},
): Promise<{ changedRows: number; writtenRows: number }> {
	const nothing = { changedRows: 0, writtenRows: 0 };
	const { conversion, snapshot, talk, signal } = done;
	const now = await readConversion(target, place, wanted);
	if (now?.isLoaded === true) return nothing;
	await requireCheckpoints(target, conversion);
	const tables = targetTables(wanted.mapping);
	const lanes = {
		url: settings.target,
		workers: settings.workers,
		wait: tablesOf(wanted.mapping, talk, signal),
	};
	await restoreIndexes(target, lanes, tables);
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
	await restoreForeignKeys(target, lanes);
	talk.say("indexes and foreign keys are in place; measuring the tables");
	await analyzeTables(lanes, tables);
	await target.query("UPDATE cutover.conversion SET loaded_at = now()");
	await record(target, "convert loaded", { rows: done.loadedRows });
	return caughtUp;
}
