import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ObjectStore } from "../adapters/objects.ts";
import { openStore } from "../adapters/objects.ts";
import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { pathProblem } from "../conversion/files.ts";
import { quoteTable } from "../conversion/sqlNames.ts";
import { RefusedError } from "../errors.ts";
import type { Found, Reasons } from "./judge.ts";

/** Files looked at or copied at the same time: enough to hide the waiting, few enough for a small disk. */
const parallelFiles = 16;

/** Files whose bytes are not in the uploads folder as their row says. */
export async function missingBytes(
	source: Session,
	folder: string,
	/** FROM item with alias `t`, of the table whose rows stand for files. */
	from: string,
	where: string,
	known: Reasons,
): Promise<readonly Found[]> {
	const { rows } = await source.query<{
		id: string;
		path: string;
		size: string | null;
	}>(
		`SELECT t.id::text AS id, t.path, t.size::text AS size FROM ${from} WHERE ${where}`,
	);
	const bad: Found[] = [];
	await eachOf(rows, async (row) => {
		if (known.has(Number(row.id)) || pathProblem(row.path)) return;
		const size = await stat(join(folder, row.path)).then(
			(found) => (found.isFile() ? found.size : undefined),
			() => undefined,
		);
		if (size === undefined) {
			bad.push({ id: row.id, reason: "bytes missing" });
		} else if (row.size !== null && Number(row.size) !== size) {
			bad.push({
				id: row.id,
				reason: `bytes differ: ${row.size} expected, ${size} found`,
			});
		}
	});
	return bad;
}

export interface Uploads {
	readonly filesSource: string;
	readonly filesTarget: string;
	/** Table of the target whose rows stand for files. */
	readonly table: string;
}

/** Copies the bytes of every file row that has no sha256 yet and records it; answers how many were copied. */
export async function copyUploads(
	target: Session,
	uploads: Uploads,
	talk: Talk,
	signal: AbortSignal,
): Promise<number> {
	const page = 200;
	let copied = 0;
	let store: ObjectStore | undefined;
	try {
		for (;;) {
			signal.throwIfAborted();
			const { rows } = await target.query<UploadRow>(
				`SELECT id::text AS id, storage_key, content_type, size_bytes::text AS size_bytes FROM ${quoteTable(uploads.table)} WHERE sha256 IS NULL ORDER BY id LIMIT ${page}`,
			);
			if (rows.length === 0) return copied;
			store ??= await openStore(uploads.filesTarget);
			const done = await copyPage(rows, uploads.filesSource, store);
			await target.query(
				`UPDATE ${quoteTable(uploads.table)} f SET sha256 = d.sha256 FROM unnest($1::bigint[], $2::text[]) AS d(id, sha256) WHERE f.id = d.id`,
				[done.map((one) => one.id), done.map((one) => one.sha256)],
			);
			copied += done.length;
			talk.progress(`files: ${copied} copied`);
		}
	} finally {
		store?.close();
	}
}

interface UploadRow {
	readonly id: string;
	readonly storage_key: string;
	readonly content_type: string | null;
	readonly size_bytes: string | null;
}

async function copyPage(
	rows: readonly UploadRow[],
	folder: string,
	store: ObjectStore,
): Promise<readonly { id: string; sha256: string }[]> {
	const done: { id: string; sha256: string }[] = [];
	await eachOf(rows, async (row) => {
		const stored = await store.put(
			row.storage_key,
			join(folder, row.storage_key),
			row.content_type,
		);
		const arrived = await store.size(row.storage_key);
		const wanted = Number(row.size_bytes ?? stored.size);
		if (stored.size !== wanted || arrived !== wanted) {
			throw new RefusedError(
				`file ${row.id} (${row.storage_key}): expected ${wanted} bytes, read ${stored.size}, stored ${arrived}; it changes while it is copied: run again`,
			);
		}
		done.push({ id: row.id, sha256: stored.sha256 });
	});
	return done;
}

/** Runs the work for every item, a few at a time; the first error stops the rest. */
async function eachOf<T>(
	items: readonly T[],
	work: (item: T) => Promise<void>,
): Promise<void> {
	const queue = [...items];
	const lane = async () => {
		for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
			try {
				await work(item);
			} catch (error) {
				queue.length = 0;
				throw error;
			}
		}
	};
	await Promise.all(Array.from({ length: parallelFiles }, lane));
}
