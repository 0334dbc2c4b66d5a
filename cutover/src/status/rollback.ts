import { durationText } from "../convert/progress.ts";
import type { RecordedRun, VerbRecord } from "./records.ts";
import { secondsBetween } from "./stages.ts";

/** One way back, and what is known of how long it takes. */
export interface RollbackOption {
	readonly title: string;
	readonly command: string;
	/** Undefined: nobody has measured it. */
	readonly measured: Measured | undefined;
	/** What measures it. */
	readonly measuredBy: string;
}

export interface Measured {
	readonly text: string;
	readonly at: string;
	readonly isProven: boolean;
}

/** Every way back, the quickest first. A time stands here only when a command measured it. */
export function buildRollback(
	records: readonly VerbRecord[],
): readonly RollbackOption[] {
	const lastOf = (verb: string) =>
		records.find((record) => record.verb === verb)?.last;
	return [
		{
			title: "Let the legacy application write again, before the switch",
			command: "cutover fence off",
			measured: duration(lastOf("fence off")),
			measuredBy: "cutover fence off",
		},
		{
			title: "Traffic back to the version before, or to legacy",
			command: "set phase: backfill (or the release before), pulumi up",
			measured: duration(lastOf("rollback")),
			measuredBy: "cutover rollback",
		},
		{
			title: "Writes of the new version carried back to legacy",
			command: "cutover sync --reverse --until-caught-up",
			measured: duration(lastOf("sync --reverse")),
			measuredBy: "cutover sync --reverse",
		},
		{
			title: "Database restored from a backup",
			command: "cutover restore",
			measured: drilled(lastOf("backup drill")) ?? duration(lastOf("restore")),
			measuredBy: "cutover backup drill",
		},
	];
}

function duration(run: RecordedRun | undefined): Measured | undefined {
	if (run === undefined) return undefined;
	const seconds = secondsBetween(run.startedAt, run.finishedAt);
	const isProven = run.outcome === "passed";
	return {
		text: isProven ? durationText(seconds) : `the last try ${run.outcome}`,
		at: run.finishedAt,
		isProven,
	};
}

function drilled(run: RecordedRun | undefined): Measured | undefined {
	if (run === undefined) return undefined;
	const { rtoSeconds, rpoSeconds, backup } = run.facts;
	if (run.outcome !== "passed" || typeof rtoSeconds !== "number") {
		return {
			text: `the last drill ${run.outcome}: do not rely on it`,
			at: run.finishedAt,
			isProven: false,
		};
	}
	const lost =
		typeof rpoSeconds === "number"
			? `; newest row ${durationText(rpoSeconds)} older than the drill`
			: "";
	const which = typeof backup === "string" ? ` (${backup})` : "";
	return {
		text: `${durationText(rtoSeconds)}${lost}${which}`,
		at: run.finishedAt,
		isProven: true,
	};
}
