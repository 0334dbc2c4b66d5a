import type { Outcome } from "../outcome.ts";
import { isAlive } from "./alive.ts";
import type { StatusContext } from "./context.ts";
import {
	type Counts,
	type Decision,
	type Phase,
	readCounts,
	readDecision,
	readLiveSince,
	readPhases,
} from "./facts.ts";
import { nextWindow, schedules, type Window } from "./maintenance.ts";
import { type Picture, readPictures } from "./pictures.ts";
import type { StatusPlace } from "./place.ts";
import {
	isOpen,
	type RecordedCheck,
	type RecordedRun,
	readRecords,
	type VerbRecord,
} from "./records.ts";
import { buildRollback, type RollbackOption } from "./rollback.ts";
import { buildStages, type Stage } from "./stages.ts";

/** Everything that the page shows. */
export interface StatusModel {
	readonly writtenAt: Date;
	readonly context: StatusContext;
	readonly stages: readonly Stage[];
	/** Updates of the stack, where somebody wrote their times down. */
	readonly phases: readonly Phase[];
	/** Verbs with their last result, newest first. */
	readonly results: readonly VerbResult[];
	readonly running: readonly Under[];
	/** Runs that began here and whose process is gone. */
	readonly killed: readonly Under[];
	readonly open: readonly OpenCheck[];
	readonly next:
		| { readonly verb: string; readonly at: string; readonly text: string }
		| undefined;
	readonly counts: Counts | undefined;
	readonly liveSince: string | undefined;
	readonly fence: Fence | undefined;
	readonly decision: Decision | undefined;
	readonly rollback: readonly RollbackOption[];
	readonly performance: Part;
	readonly acceptance: Part;
	readonly window: Window | undefined;
	readonly history: readonly HistoryLine[];
	readonly unreadable: readonly string[];
}

export interface VerbResult {
	readonly verb: string;
	readonly run: RecordedRun;
	/** A later run changed the data that this result speaks of: the name of its verb. */
	readonly staleSince: string | undefined;
	/** Files of its report, by their names in the folder. */
	readonly reports: readonly string[];
}

/** A result with the pictures of its report. */
export interface Part {
	readonly results: readonly VerbResult[];
	readonly pictures: readonly Picture[];
}

export interface Under {
	readonly verb: string;
	readonly startedAt: string;
}

export interface OpenCheck {
	readonly verb: string;
	readonly at: string;
	readonly check: RecordedCheck;
}

export interface Fence {
	readonly isUp: boolean;
	readonly at: string;
}

export interface HistoryLine {
	readonly verb: string;
	readonly startedAt: string;
	readonly finishedAt: string;
	readonly outcome: Outcome;
	readonly open: readonly string[];
}

const historyShown = 30;

/** Reads the place and puts together what the page says at this moment. */
export async function readModel(
	place: StatusPlace,
	context: StatusContext,
	now: Date,
): Promise<StatusModel> {
	const { records, unreadable } = await readRecords(place);
	const results = await readResults(place, records);
	const partOf = async (
		isWanted: (verb: string) => boolean,
	): Promise<Part> => ({
		results: results.filter(({ verb }) => isWanted(verb)),
		pictures: await readPictures(place, records, isWanted),
	});
	const under = records.flatMap(({ verb, running }) =>
		running.map((one) => ({ verb, one })),
	);
	const shown = ({ verb, one }: (typeof under)[number]): Under => ({
		verb,
		startedAt: one.startedAt,
	});
	// What failed last has to be settled before anything newer goes on.
	const newest =
		results.find(({ run }) => run.outcome === "failed") ?? results[0];
	const killed = under.filter(({ one }) => !isAlive(one)).map(shown);
	const phases = readPhases(records);
	const liveSince = readLiveSince(records);
	return {
		writtenAt: now,
		context,
		stages: buildStages(records, phases, isAlive),
		results,
		running: under.filter(({ one }) => isAlive(one)).map(shown),
		killed,
		open: results.flatMap(({ verb, run }) =>
			run.checks
				.filter(isOpen)
				.map((check) => ({ verb, at: run.finishedAt, check })),
		),
		next: nextOf(newest, killed[0]),
		counts: readCounts(records),
		phases,
		liveSince,
		// Whoever went live left the fence up, wherever that was done.
		fence:
			readFence(results) ??
			(liveSince === undefined ? undefined : { isUp: true, at: liveSince }),
		decision: readDecision(records),
		rollback: buildRollback(records),
		performance: await partOf((verb) => verb.startsWith("perf")),
		acceptance: await partOf((verb) => verb.startsWith("uat")),
		window:
			context.environment && nextWindow(schedules[context.environment], now),
		history: records
			.flatMap(({ verb, history }) =>
				history.map((line) => ({ verb, ...line })),
			)
			.sort((a, b) => b.finishedAt.localeCompare(a.finishedAt))
			.slice(0, historyShown),
		unreadable,
	};
}

/** What a verb left undone comes before what another would do next. */
function nextOf(
	newest: VerbResult | undefined,
	killed: Under | undefined,
): StatusModel["next"] {
	if (newest?.run.outcome !== "failed" && killed !== undefined) {
		const { verb, startedAt } = killed;
		const command = verb === "start" ? "npm start" : `cutover ${verb}`;
		return {
			verb,
			at: startedAt,
			text: `Begun and not ended; next: ${command}`,
		};
	}
	return (
		newest && {
			verb: newest.verb,
			at: newest.run.finishedAt,
			text: newest.run.next,
		}
	);
}

/** Verbs that change the data, and those whose word about it they make old. */
const changing = /^(convert|restore|schema (apply|rollback))$/;
const aboutData = /^(validate|check after|uat)$/;

async function readResults(
	place: StatusPlace,
	records: readonly VerbRecord[],
): Promise<readonly VerbResult[]> {
	const runs = records
		.flatMap(({ verb, last }) => (last ? [{ verb, run: last }] : []))
		.sort((a, b) => b.run.finishedAt.localeCompare(a.run.finishedAt));
	return await Promise.all(
		runs.map(async ({ verb, run }) => ({
			verb,
			run,
			staleSince: aboutData.test(verb)
				? runs.find(
						(other) =>
							changing.test(other.verb) &&
							other.run.finishedAt > run.finishedAt,
					)?.verb
				: undefined,
			reports: await readReports(place, run.facts),
		})),
	);
}

/** What a person can open of a report, as far as it is there. */
async function readReports(
	place: StatusPlace,
	facts: RecordedRun["facts"],
): Promise<readonly string[]> {
	const reports: readonly unknown[] = Array.isArray(facts.reports)
		? facts.reports
		: [facts.file];
	const names: string[] = [];
	for (const path of reports.slice(0, 20)) {
		if (typeof path !== "string" || !/\.(md|html|json|csv)$/.test(path))
			continue;
		for (const name of place.namesOf(path)) {
			if ((await place.read(name)) === undefined) continue;
			names.push(name);
			break;
		}
	}
	return names;
}

/** Whether legacy writes are refused, as the newest verb that touched the fence left it. */
function readFence(results: readonly VerbResult[]): Fence | undefined {
	const newest = results.find(({ verb, run }) =>
		verb === "final-sync"
			? true
			: /^fence (on|off)$/.test(verb) && run.outcome === "passed",
	);
	if (newest === undefined) return undefined;
	const { verb, run } = newest;
	return {
		at: run.finishedAt,
		isUp:
			verb === "fence on" ||
			(verb === "final-sync" && run.outcome === "passed"),
	};
}
