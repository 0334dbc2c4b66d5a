import { withSession } from "../adapters/postgres.ts";
import { withPatience } from "../adapters/tableLocks.ts";
import type { Talk } from "../console.ts";
import type { Ends } from "./ends.ts";
import { judgeAll } from "./judge.ts";
import { type Batch, planBatches, planBorn, recordPlan } from "./plan.ts";
import { type Repaired, readRepaired } from "./quarantine.ts";
import type { LoadSettings } from "./settings.ts";
import { joinSnapshot, type Snapshot } from "./snapshot.ts";
import { bornIds, type Conversion, readBornEmails } from "./state.ts";
import { waitForTarget } from "./tableWaits.ts";

/** Judges every row as the snapshot shows it, cuts the load into ranges, and records both before the first row is loaded. */
export async function planLoad(
	ends: Ends,
	settings: LoadSettings,
	snapshot: Snapshot,
	talk: Talk,
	signal: AbortSignal,
): Promise<Conversion> {
	const { source, target, wanted } = ends;
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
	return await withSession(
		settings.source,
		{ what: "source", readOnly: true, applicationName: "cutover convert" },
		async (second) => {
			await joinSnapshot(second, snapshot);
			const sources = [source, second] as const;
			const quarantine = await judgeAll(sources, request, [
				async (free) => {
					batches = await planBatches(free, settings.batchRows, wanted.mapping);
				},
				async (free) => {
					repaired = await readRepaired(free, rules);
				},
			]);
			const plan = {
				place: ends.place,
				snapshot,
				rules,
				batches,
				born,
				quarantine,
				repaired,
				defersIndexes: !settings.liveTarget,
			};
			return await withPatience(
				target,
				waitForTarget(wanted.mapping, { talk, signal }),
				() => recordPlan(sources, target, plan),
			);
		},
	);
}
