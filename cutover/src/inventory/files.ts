import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Talk } from "../console.ts";
import { pathProblem } from "../conversion/files.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { sourceRows } from "../convert/sourceRows.ts";
import { RefusedError, reasonOf } from "../errors.ts";
import { type FileFacts, type FileRows, sampleSize } from "./facts.ts";
import type { Reader } from "./reader.ts";
import { byCode, bytesText } from "./text.ts";

/** Files by their path inside the folder, with their sizes in bytes. */
export type Folder = ReadonlyMap<string, number>;

/** Rows read at a time. */
const pageRows = 10_000;

/** Sizes asked for at the same time: enough to hide the waiting, few enough for a small disk. */
const parallelFiles = 16;

/**
 * All files below a folder. Links are followed when they lead to a file, not into folders: those may go round in circles.
 *
 * @throws RefusedError when the folder cannot be read.
 */
export async function walkFolder(
	root: string,
	talk: Talk,
	signal: AbortSignal,
): Promise<Folder> {
	const files = new Map<string, number>();
	const folders = [""];
	let bytes = 0;
	for (
		let folder = folders.pop();
		folder !== undefined;
		folder = folders.pop()
	) {
		const entries = await readdir(join(root, folder), {
			withFileTypes: true,
		}).catch((error: unknown) => {
			throw new RefusedError(
				`cannot read the folder of the uploads: ${reasonOf(error)}`,
				{ cause: error },
			);
		});
		for (let start = 0; start < entries.length; start += parallelFiles) {
			signal.throwIfAborted();
			await Promise.all(
				entries.slice(start, start + parallelFiles).map(async (entry) => {
					const path = posix.join(folder, entry.name);
					if (entry.isDirectory()) {
						folders.push(path);
						return;
					}
					const found = await fileAt(join(root, path));
					if (found === undefined) return;
					files.set(path, found.size);
					bytes += found.size;
				}),
			);
		}
		talk.progress(
			`files on disk: ${files.size.toLocaleString("en-US")}, ${bytesText(bytes)}`,
		);
	}
	talk.endProgress();
	return files;
}

/** Compares the folder with the rows that stand for files. */
export async function compareFiles(
	reader: Reader,
	root: string,
	folder: Folder,
	mapping: Mapping,
	talk: Talk,
): Promise<FileFacts> {
	const listed = new Set<string>();
	const table = mapping.tables.find((one) => one.file !== undefined)?.source;
	const rows =
		table === undefined
			? undefined
			: await reader.attempt("files", `rows of ${table}`, async () => ({
					table,
					...(await compareRows(
						reader,
						sourceRows(table, mapping),
						{ root, folder, listed },
						talk,
					)),
				}));
	talk.endProgress();
	const unlisted = [...folder.keys()].filter((path) => !listed.has(path));
	return {
		folder: root,
		files: folder.size,
		bytes: [...folder.values()].reduce((sum, size) => sum + size, 0),
		rows: rows ?? null,
		unlisted: rows === undefined ? null : unlisted.length,
		unlistedSamples:
			rows === undefined ? [] : unlisted.toSorted(byCode).slice(0, sampleSize),
	};
}

interface Row {
	readonly id: string;
	readonly path: string | null;
	readonly size: string | null;
}

interface Disk {
	readonly root: string;
	readonly folder: Folder;
	/** Paths that a row names; filled in. */
	readonly listed: Set<string>;
}

async function compareRows(
	reader: Reader,
	from: string,
	disk: Disk,
	talk: Talk,
): Promise<Omit<FileRows, "table">> {
	const ids = { missing: tally(), differing: tally(), badPath: tally() };
	let total = 0;
	let after: string | undefined;
	for (;;) {
		const { rows } = await reader.session.query<Row>(
			`SELECT t.id::text AS id, t.path, t.size::text AS size FROM ${from} WHERE ${after === undefined ? "true" : `t.id > ${after}`} ORDER BY t.id LIMIT ${pageRows}`,
		);
		for (const row of rows) {
			const kind = await judgeRow(row, disk);
			if (kind !== undefined) ids[kind].add(Number(row.id));
		}
		total += rows.length;
		talk.progress(`rows of files: ${total.toLocaleString("en-US")} compared`);
		after = rows.at(-1)?.id;
		if (after === undefined) break;
	}
	const { missing, differing, badPath } = ids;
	return {
		total,
		matching: total - missing.count - differing.count - badPath.count,
		missing: missing.count,
		missingIds: missing.first,
		differing: differing.count,
		differingIds: differing.first,
		badPaths: badPath.count,
		badPathIds: badPath.first,
	};
}

async function judgeRow(
	row: Row,
	{ root, folder, listed }: Disk,
): Promise<"missing" | "differing" | "badPath" | undefined> {
	if (row.path === null || pathProblem(row.path)) return "badPath";
	const path = posix.normalize(row.path);
	listed.add(path);
	const wanted = row.size === null ? undefined : Number(row.size);
	const seen = folder.get(path);
	if (seen !== undefined && (wanted === undefined || wanted === seen)) {
		return undefined;
	}
	// The row may be younger than the walk through the folder.
	const now = await fileAt(join(root, path));
	if (now === undefined) return "missing";
	return wanted === undefined || wanted === now.size ? undefined : "differing";
}

async function fileAt(path: string): Promise<Stats | undefined> {
	return await stat(path).then(
		(found) => (found.isFile() ? found : undefined),
		() => undefined,
	);
}

/** Counts ids and keeps the first ones; they come in order. */
function tally() {
	const first: number[] = [];
	return {
		first,
		count: 0,
		add(id: number) {
			this.count += 1;
			if (first.length < sampleSize) first.push(id);
		},
	};
}
