import { connect, cut, endQuietly } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { loadMapping } from "../convert/loadMapping.ts";
import type { Result } from "../outcome.ts";
import { withReport } from "../reports/keep.ts";
import { requireWritable } from "../reports/open.ts";
import { loadAnswers } from "./answers.ts";
import { buildChecklist } from "./checklist.ts";
import { type Gathered, gather } from "./gather.ts";
import { judgeInventory } from "./judgement.ts";
import { writeInventory } from "./report.ts";
import { findRisks } from "./risks/index.ts";
import type { InventorySettings } from "./settings.ts";

/** Takes stock of the legacy system and writes it down. Changes nothing there; safe to run at any time. */
export async function inventory(
	settings: InventorySettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const answers =
		settings.answers === undefined ? {} : await loadAnswers(settings.answers);
	const mapping = await loadMapping(settings.mapping);
	// Better to hear of it now than after the work.
	await requireWritable(settings.reportDir);
	const found = await gatherFrom(settings, mapping, talk, signal);
	const risks = findRisks(found.inventory);
	const today = found.inventory.takenAt.slice(0, 10);
	const checklist = buildChecklist(found.inventory, risks, answers, today);
	const report = await writeInventory(
		settings.reportDir,
		found,
		risks,
		checklist,
	);
	const seconds = (performance.now() - startedAt) / 1000;
	const judged = judgeInventory(found.inventory, risks, checklist, {
		reports: report.files,
		seconds,
	});
	return withReport(judged, report);
}

async function gatherFrom(
	settings: InventorySettings,
	mapping: Mapping,
	talk: Talk,
	signal: AbortSignal,
): Promise<Gathered> {
	signal.throwIfAborted();
	const session = await connect(settings.source, {
		what: "source",
		readOnly: true,
		applicationName: "cutover inventory",
	});
	const stop = () => cut(session);
	signal.addEventListener("abort", stop);
	try {
		return await gather(session, settings, mapping, talk, signal);
	} catch (error) {
		signal.throwIfAborted();
		throw error;
	} finally {
		signal.removeEventListener("abort", stop);
		await endQuietly(session);
	}
}
