import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Contender, Run } from "./contender.ts";
import { ours } from "./contenders/ours.ts";
import { createTarget, targetDatabase, type Variant } from "./databases.ts";
import { type Digest, differences, digestTarget } from "./digest.ts";
import { type FloorFiles, writeFloorFiles } from "./floorFiles.ts";
import { filledTables } from "./indexes.ts";
import { measure } from "./measure.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import type { Absent, Sample } from "./results.ts";

/** What every contender has to arrive at. */
interface Reference {
	readonly whole: Digest;
	/** The same for the first rows only, by how many. */
	readonly parts: ReadonlyMap<number, Digest>;
}

export interface Rounds {
	readonly samples: readonly Sample[];
	readonly absent: readonly Absent[];
	/** Rows of all target tables per legacy row. */
	readonly writtenPerRow: number;
}

/** The legacy database that one or more runs read from. */
export interface Legacy {
	readonly database: string;
	readonly rows: number;
}

/**
 * Runs the contenders round after round, each on a fresh target, and keeps the times of those that gave the right result.
 * A run of ours before the first round, untimed, says what is right.
 */
export async function runRounds(
	place: Place,
	legacy: Legacy,
	options: Options,
	contenders: readonly Contender[],
	say: (line: string) => void,
): Promise<Rounds> {
	const samples: Sample[] = [];
	const absent: Absent[] = [];
	let floorFiles: FloorFiles = { ranges: [] };
	let writtenPerRow = 0;
	const references = new Map<Variant, Reference>();
	for (const variant of options.variants) {
		say(`first run of ours, untimed: ${variant} tables`);
		const entry = { place, legacy, options, variant, floorFiles };
		await convertFresh(ours, entry);
		references.set(variant, await readReference(place, legacy, contenders));
		if (floorFiles.ranges.length === 0) {
			writtenPerRow = (await countWritten(place, legacy.rows)) / legacy.rows;
			floorFiles = await prepareFloor(place, legacy, options.workers);
		}
	}
	const entries = options.variants.flatMap((variant) =>
		contenders
			.filter(({ variants }) => variants.includes(variant))
			.map((contender) => ({ contender, variant })),
	);
	for (let round = 1; round <= options.rounds; round += 1) {
		for (const { contender, variant } of entries) {
			const isOut = absent.some(
				(one) => one.contender === contender.title && one.variant === variant,
			);
			if (isOut) continue;
			const base = { contender: contender.title, variant };
			const missing = await contender.missing(place.clients);
			if (missing !== undefined) {
				absent.push({ ...base, outcome: "not run", reason: missing });
				say(`${contender.name}: NOT RUN: ${missing}`);
				continue;
			}
			const entry = { place, legacy, options, variant, floorFiles };
			const label = `round ${round}/${options.rounds}, ${variant}, ${contender.name}`;
			try {
				const sample = await convertFresh(contender, entry);
				const wrong = await compare(place, contender, sample.rows, {
					reference: references.get(variant),
					legacy,
				});
				if (wrong.length > 0) throw new Error(`wrong: ${wrong.join("\n")}`);
				samples.push({ ...sample, round });
				say(`${label}: ${sample.usage.seconds.toFixed(2)} s`);
			} catch (error) {
				place.clients.requireRunning();
				const reason = error instanceof Error ? error.message : String(error);
				absent.push({ ...base, outcome: "failed", reason });
				say(`${label}: FAILED: ${reason}`);
			}
		}
	}
	return { samples, absent, writtenPerRow };
}

/**
 * Rows that a conversion left on the target.
 *
 * @throws when the tables do not agree, or some legacy row is neither there nor in quarantine.
 */
export async function countWritten(
	{ target }: Place,
	legacyRows: number,
): Promise<number> {
	const counts = await target.query<{ table: string; rows: string }>(
		[...filledTables, "cutover.quarantine"]
			.map(
				(table) => `SELECT '${table}' AS table, count(*) AS rows FROM ${table}`,
			)
			.join(" UNION ALL "),
		targetDatabase,
	);
	const kept = Number(
		counts.find(({ table }) => /quarantine/.test(table))?.rows,
	);
	const filled = counts.filter(({ table }) => !/quarantine/.test(table));
	for (const { table, rows } of filled) {
		if (Number(rows) + kept === legacyRows) continue;
		throw new Error(
			`expected ${legacyRows - kept} rows in ${table}, got ${rows}; ${kept} are in quarantine`,
		);
	}
	return filled.reduce((sum, { rows }) => sum + Number(rows), 0);
}

/** One timed conversion into a target made for it. */
export async function convertFresh(
	contender: Contender,
	entry: {
		readonly place: Place;
		readonly legacy: Legacy;
		readonly options: Pick<Options, "workers">;
		readonly variant: Variant;
		readonly floorFiles: FloorFiles;
	},
): Promise<Omit<Sample, "round">> {
	const { place, legacy, variant } = entry;
	const { source, target, clients } = place;
	const folder = join(place.folder, "run");
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder);
	await createTarget(target, variant);
	const phases: Sample["phases"][number][] = [];
	const rows = Math.min(legacy.rows, contender.mostRows ?? legacy.rows);
	const run: Run = {
		sourceUrl: source.url(legacy.database, "cutover"),
		sourceAdminUrl: source.url(legacy.database),
		targetUrl: target.url(targetDatabase, "master"),
		targetAdminUrl: target.url(targetDatabase),
		rows,
		workers: entry.options.workers,
		folder,
		clients,
		floor: entry.floorFiles,
		cutover: place.cutover,
		async phase(name, work) {
			let answer: Awaited<ReturnType<typeof work>> | undefined;
			const usage = await measure(source, target, clients, async () => {
				answer = await work();
			});
			phases.push({ name, usage });
			return answer as Awaited<ReturnType<typeof work>>;
		},
	};
	try {
		await contender.prepare?.(run);
		// Pages of the work before must not be written during this one.
		await Promise.all([source.query("CHECKPOINT"), target.query("CHECKPOINT")]);
		const usage = await measure(source, target, clients, () =>
			contender.convert(run),
		);
		return { contender: contender.name, variant, rows, usage, phases };
	} finally {
		await contender.cleanUp?.(run);
		await rm(folder, { recursive: true, force: true });
	}
}

async function readReference(
	place: Place,
	legacy: Legacy,
	contenders: readonly Contender[],
): Promise<Reference> {
	const startedAt = await startOfOurs(place);
	const fewer = contenders.flatMap(({ mostRows = legacy.rows }) =>
		mostRows < legacy.rows ? [mostRows] : [],
	);
	const parts = new Map<number, Digest>();
	for (const rows of fewer) {
		parts.set(rows, await digestTarget(place.target, startedAt, rows));
	}
	return { whole: await digestTarget(place.target, startedAt), parts };
}

async function compare(
	place: Place,
	contender: Contender,
	rows: number,
	against: {
		readonly reference: Reference | undefined;
		readonly legacy: Legacy;
	},
): Promise<readonly string[]> {
	const { reference, legacy } = against;
	const expected =
		rows < legacy.rows ? reference?.parts.get(rows) : reference?.whole;
	if (expected === undefined) throw new Error("there is no reference");
	const startedAt = contender.startedAt ?? (await startOfOurs(place));
	const actual = await digestTarget(place.target, startedAt);
	return differences(
		contender.keepsQuarantine === false
			? withoutQuarantine(expected)
			: expected,
		actual,
	);
}

function withoutQuarantine(digest: Digest): Digest {
	const { "cutover.quarantine": _, ...others } = digest;
	return others;
}

async function startOfOurs({ target }: Place): Promise<string> {
	const [row] = await target.query<{ at: Date }>(
		"SELECT started_at AS at FROM cutover.conversion",
		targetDatabase,
	);
	return (row?.at ?? new Date(0)).toISOString();
}

async function prepareFloor(
	{ source, target, folder }: Place,
	legacy: Legacy,
	workers: number,
): Promise<FloorFiles> {
	const [conversion] = await target.query<{
		settings: Parameters<typeof writeFloorFiles>[0]["rules"];
	}>("SELECT settings FROM cutover.conversion", targetDatabase);
	const keptBack = await target.query<{ id: string }>(
		"SELECT source_id AS id FROM cutover.quarantine WHERE source_table = 'legacy_users' ORDER BY source_id",
		targetDatabase,
	);
	if (conversion === undefined) throw new Error("ours left no conversion");
	const into = join(folder, "floor");
	await mkdir(into);
	return await writeFloorFiles({
		sourceUrl: source.url(legacy.database, "cutover"),
		rules: conversion.settings,
		keptBack: keptBack.map(({ id }) => Number(id)),
		workers,
		folder: into,
	});
}
