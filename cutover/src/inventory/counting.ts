import type { Talk } from "../console.ts";
import { durationText } from "../convert/progress.ts";
import type { TableFacts } from "./facts.ts";
import type { Reader } from "./reader.ts";
import { bytesText } from "./text.ts";

export interface CountingOptions {
	readonly talk: Talk;
	/** Servers before 14 cannot begin in the middle of a table. */
	readonly versionNumber: number;
	/** Blocks counted by one statement, so that a big table shows progress and fits the time-out. */
	readonly chunkBlocks: number;
}

/** 512 MB of a table at a time. */
export const usualChunkBlocks = 65_536;

/** Fills in the exact number of rows and the bytes of every table; what cannot be read stays null. */
export async function countTables(
	reader: Reader,
	tables: readonly TableFacts[],
	options: CountingOptions,
): Promise<readonly TableFacts[]> {
	const sizes = new Map<string, Size>();
	for (const table of tables) {
		const size = await sizeOf(reader, table);
		if (size !== undefined) sizes.set(table.name, size);
	}
	const total = [...sizes.values()].reduce((sum, { heap }) => sum + heap, 0);
	const show = showProgress(options.talk, total);
	const rows = new Map<string, number>();
	for (const table of tables) {
		if (table.kind !== "table") continue;
		const size = sizes.get(table.name);
		const counted = await reader.attempt("rows", table.name, () =>
			countOne(reader, table.name, size, options, (doneBytes) =>
				show(table.name, doneBytes),
			),
		);
		if (counted !== undefined) rows.set(table.name, counted);
		show(table.name, size?.heap ?? 0, true);
	}
	options.talk.endProgress();
	return tables.map((table) => ({
		...table,
		rows: rowsOf(table, tables, rows),
		bytes: sizes.get(table.name)?.bytes ?? null,
	}));
}

/** A partitioned table has the rows of its partitions; null when one of them could not be counted. */
function rowsOf(
	table: TableFacts,
	tables: readonly TableFacts[],
	counted: ReadonlyMap<string, number>,
): number | null {
	if (table.kind !== "partitioned") return counted.get(table.name) ?? null;
	let sum = 0;
	for (const partition of tables.filter((one) => one.parent === table.name)) {
		const rows = rowsOf(partition, tables, counted);
		if (rows === null) return null;
		sum += rows;
	}
	return sum;
}

interface Size {
	/** With indexes and TOAST. */
	readonly bytes: number;
	/** What a count has to read. */
	readonly heap: number;
	readonly blocks: number;
}

async function sizeOf(
	reader: Reader,
	table: TableFacts,
): Promise<Size | undefined> {
	const [row] = await reader.rows<{
		bytes: string | null;
		heap: string | null;
		block: string;
	}>(
		"rows",
		`size of ${table.name}`,
		"SELECT pg_total_relation_size(c.oid) AS bytes, pg_relation_size(c.oid) AS heap, current_setting('block_size') AS block FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE format('%I.%I', n.nspname, c.relname) = $1",
		[table.name],
	);
	if (row === undefined || row.bytes === null) return undefined;
	const heap = Number(row.heap);
	return {
		bytes: Number(row.bytes),
		heap,
		blocks: Math.ceil(heap / Number(row.block)),
	};
}

async function countOne(
	reader: Reader,
	name: string,
	size: Size | undefined,
	{ versionNumber, chunkBlocks }: CountingOptions,
	onProgress: (doneBytes: number) => void,
): Promise<number> {
	const blocks = size?.blocks ?? 0;
	const table = `ONLY ${name}`;
	if (versionNumber < 140_000 || blocks <= chunkBlocks) {
		onProgress(0);
		return await count(reader, table, "true");
	}
	let rows = 0;
	for (let from = 0; from < blocks; from += chunkBlocks) {
		// The last chunk has no end: rows of the moment lie there, however much the table grew since.
		const end =
			from + chunkBlocks < blocks
				? ` AND ctid < '(${from + chunkBlocks},0)'`
				: "";
		onProgress(((size?.heap ?? 0) * from) / blocks);
		rows += await count(reader, table, `ctid >= '(${from},0)'${end}`);
	}
	return rows;
}

async function count(
	reader: Reader,
	table: string,
	where: string,
): Promise<number> {
	const { rows } = await reader.session.query<{ count: string }>(
		`SELECT count(*) FROM ${table} WHERE ${where}`,
	);
	return Number(rows[0]?.count);
}

/** Answers a function that is told how much of a table is done; the tables before it are added up. */
function showProgress(talk: Talk, totalBytes: number) {
	const startedAt = performance.now();
	let before = 0;
	return (table: string, bytes: number, isDone = false) => {
		const done = before + bytes;
		if (isDone) before += bytes;
		const seconds = (performance.now() - startedAt) / 1000;
		talk.progress(countingText(table, done, totalBytes, seconds));
	};
}

/** The line shown while rows are counted. */
export function countingText(
	table: string,
	doneBytes: number,
	totalBytes: number,
	seconds: number,
): string {
	const share = totalBytes === 0 ? 1 : Math.min(doneBytes / totalBytes, 1);
	const rate = seconds > 0 ? doneBytes / seconds : 0;
	const left =
		rate > 0
			? durationText(Math.max(totalBytes - doneBytes, 0) / rate)
			: "unknown";
	return `${Math.floor(share * 100)} % counting rows of ${table}: ${bytesText(doneBytes)} of ${bytesText(totalBytes)}, ${bytesText(rate)}/s, ${left} left`;
}
