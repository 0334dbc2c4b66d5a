import { hostname } from "node:os";
import { z } from "zod";
import type { Result } from "../outcome.ts";
import { isAlive } from "./alive.ts";
import type { StatusPlace } from "./place.ts";
import { redactDeep } from "./redact.ts";

const outcome = z.enum(["passed", "failed", "inconclusive", "not run"]);

const check = z.object({
	name: z.string(),
	group: z.string().optional(),
	outcome,
	expected: z.string(),
	actual: z.string(),
	details: z.array(z.string()).optional(),
	seconds: z.number(),
	required: z.boolean().optional(),
});

const runSchema = z.object({
	startedAt: z.iso.datetime(),
	finishedAt: z.iso.datetime(),
	outcome,
	/** Names of the checks that somebody has to look at. */
	open: z.array(z.string()),
});

const recordSchema = z.object({
	verb: z.string(),
	/** Runs that began and have not ended, as far as this file knows. */
	running: z.array(
		z.object({
			pid: z.number(),
			host: z.string(),
			startedAt: z.iso.datetime(),
		}),
	),
	last: z
		.object({
			startedAt: z.iso.datetime(),
			finishedAt: z.iso.datetime(),
			outcome,
			checks: z.array(check),
			next: z.string(),
			facts: z.record(z.string(), z.unknown()),
		})
		.optional(),
	/** Newest first. */
	history: z.array(runSchema),
});

/** What is known of one verb: `results/<verb>.json`. */
export type VerbRecord = z.infer<typeof recordSchema>;
export type RecordedRun = NonNullable<VerbRecord["last"]>;
export type RecordedCheck = RecordedRun["checks"][number];

/** Runs that a record keeps. */
const historyLength = 20;
/** Details that a check keeps; `schema diff` lists every difference in its own report. */
const detailsLength = 40;
const factsLimitBytes = 256 * 1024;

/** One run of a verb. */
export interface Run {
	readonly verb: string;
	readonly startedAt: Date;
	/** Values that must not be written down, whatever they stand in. */
	readonly secrets: readonly string[];
}

/** Writes down that a run is under way, so that one that is killed leaves a trace. */
export async function noteStart(place: StatusPlace, run: Run): Promise<void> {
	const record = await readRecord(place, run.verb);
	const mine = {
		pid: process.pid,
		host: hostname(),
		startedAt: run.startedAt.toISOString(),
	};
	await writeRecord(place, {
		...record,
		running: [...record.running, mine],
	});
}

/** Writes down how a run ended. */
export async function noteEnd(
	place: StatusPlace,
	run: Run,
	result: Result,
	finishedAt: Date,
): Promise<void> {
	const record = await readRecord(place, run.verb);
	const last = {
		startedAt: run.startedAt.toISOString(),
		finishedAt: finishedAt.toISOString(),
		...redactedResult(result, run.secrets),
	};
	const { startedAt, outcome } = last;
	const open = last.checks.filter(isOpen).map((one) => one.name);
	await writeRecord(place, {
		verb: run.verb,
		running: record.running.filter((one) => !isMine(one) && isAlive(one)),
		last,
		history: [
			{ startedAt, finishedAt: last.finishedAt, outcome, open },
			...record.history,
		].slice(0, historyLength),
	});
}

/** Everything that was recorded, and the files that cannot be read. */
export async function readRecords(place: StatusPlace): Promise<{
	readonly records: readonly VerbRecord[];
	readonly unreadable: readonly string[];
}> {
	const names = (await place.list("results")).filter(
		(name) => name.endsWith(".json") && !name.startsWith("."),
	);
	const records: VerbRecord[] = [];
	const unreadable: string[] = [];
	for (const name of names) {
		const record = parse(await place.read(`results/${name}`));
		if (record === undefined) unreadable.push(`results/${name}`);
		else records.push(record);
	}
	return { records, unreadable };
}

/** Whether somebody has to look at a check: one that may be left out, and was, is not open. */
export function isOpen(
	check: Pick<RecordedCheck, "outcome" | "required">,
): boolean {
	return (
		check.outcome !== "passed" &&
		(check.required !== false || check.outcome === "failed")
	);
}

function isMine(one: VerbRecord["running"][number]): boolean {
	return one.pid === process.pid && one.host === hostname();
}

function redactedResult(
	result: Result,
	secrets: readonly string[],
): Pick<RecordedRun, "outcome" | "checks" | "next" | "facts"> {
	const shortened = {
		outcome: result.outcome,
		next: result.next,
		checks: result.checks.map((one) => ({
			...one,
			details: shortList(one.details ?? []),
		})),
		facts: factsOf(result),
	};
	const clean = redactDeep(
		JSON.parse(JSON.stringify(shortened)) as unknown,
		secrets,
	);
	return recordSchema.shape.last
		.unwrap()
		.pick({ outcome: true, checks: true, next: true, facts: true })
		.parse(clean);
}

function factsOf({ facts = {} }: Result): Readonly<Record<string, unknown>> {
	const bytes = JSON.stringify(facts).length;
	return bytes <= factsLimitBytes ? facts : { tooLargeBytes: bytes };
}

function shortList(list: readonly string[]): readonly string[] {
	if (list.length <= detailsLength) return list;
	return [
		...list.slice(0, detailsLength),
		`and ${list.length - detailsLength} more`,
	];
}

const fileOf = (verb: string) =>
	`results/${verb.replace(/[^a-z0-9]+/gi, "-")}.json`;

async function readRecord(
	place: StatusPlace,
	verb: string,
): Promise<VerbRecord> {
	// One that cannot be read is begun anew: nothing but this page rests on it.
	return (
		parse(await place.read(fileOf(verb))) ?? { verb, running: [], history: [] }
	);
}

async function writeRecord(
	place: StatusPlace,
	record: VerbRecord,
): Promise<void> {
	await place.write(
		fileOf(record.verb),
		`${JSON.stringify(record, undefined, "\t")}\n`,
	);
}

function parse(bytes: Buffer | undefined): VerbRecord | undefined {
	try {
		return recordSchema.parse(JSON.parse(bytes?.toString("utf8") ?? ""));
	} catch {
		return undefined;
	}
}
