import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { createReadStream } from "node:fs";
import { link, lstat, readdir, readlink, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RefusedError, reasonOf } from "../errors.ts";
import { makeFolder, syncFolder } from "./durable.ts";
import type { BackupFile, Manifest } from "./manifest.ts";
import type { Sealer } from "./seal.ts";

/** Files read at the same time: hides the waiting for the disk's syncs. */
const parallelFiles = 8;

/** A folder's way into a backup. */
export interface FolderCopy {
	readonly part: "uploads" | "config";
	readonly source: string;
	/** The backup being made. */
	readonly into: string;
	readonly sealer: Sealer;
	/** What unchanged files are shared with, and where it lies. */
	readonly previous?: { readonly manifest: Manifest; readonly folder: string };
	readonly onBytes: (bytes: number) => void;
	readonly signal: AbortSignal;
}

/** What came of it. */
export interface FolderCopied {
	readonly files: readonly BackupFile[];
	readonly links: Manifest["links"];
	/** What is not in the backup, with the reason: vanished meanwhile, sockets, ... */
	readonly leftOut: readonly string[];
	readonly linkedFiles: number;
}

/** Copies a folder file by file; what did not change since the previous backup becomes a hard link to its bytes there. */
export async function copyFolder(copy: FolderCopy): Promise<FolderCopied> {
	const files: BackupFile[] = [];
	const links: Manifest["links"] = [];
	const leftOut: string[] = [];
	const known = knownFiles(copy);
	const made = new Map<string, Promise<void>>();
	const makeOnce = async (folder: string) => {
		// Whoever comes while it is being made waits for it.
		const making = made.get(folder) ?? makeFolder(folder);
		made.set(folder, making);
		await making;
	};
	await makeOnce(join(copy.into, copy.part));
	const queue = await walk(copy.source);
	const take = async (path: string) => {
		const found = await lstat(join(copy.source, path)).catch(() => undefined);
		if (found?.isSymbolicLink()) {
			const target = await readlink(join(copy.source, path));
			links.push({ part: copy.part, path, target });
			return;
		}
		if (found !== undefined && !found.isFile()) {
			leftOut.push(`${path}: neither file nor link`);
			return;
		}
		await makeOnce(dirname(join(copy.into, copy.part, storedPath(path))));
		const file = await copyFile(copy, path, known.get(path));
		if (file !== undefined) files.push(file);
		else leftOut.push(`${path}: removed while the backup ran`);
	};
	await eachOf(queue, take, copy.signal);
	for (const folder of made.keys()) await syncFolder(folder);
	return {
		files: files.sort((one, other) => (one.path < other.path ? -1 : 1)),
		links: links.sort((one, other) => (one.path < other.path ? -1 : 1)),
		leftOut: leftOut.sort(),
		linkedFiles: files.filter((file) => file.linked === true).length,
	};
}

/** Does the work for all, a few at a time. After an error nothing is begun, and what is under way is waited for. */
export async function eachOf<T>(
	items: readonly T[],
	work: (item: T) => Promise<void>,
	signal: AbortSignal,
): Promise<void> {
	const queue = [...items];
	const lane = async () => {
		try {
			for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
				signal.throwIfAborted();
				await work(item);
			}
		} catch (error) {
			queue.length = 0;
			throw error;
		}
	};
	const lanes = Array.from({ length: parallelFiles }, lane);
	await Promise.allSettled(lanes);
	await Promise.all(lanes);
}

/** Bytes of all files in a folder, for the question whether they will fit. */
export async function folderBytes(folder: string): Promise<number> {
	let bytes = 0;
	for (const path of await walk(folder)) {
		bytes +=
			(await lstat(join(folder, path)).catch(() => undefined))?.size ?? 0;
	}
	return bytes;
}

/** A name that fits beside the suffix of encrypted files; longer ones are stored under their hash. */
export function storedPath(path: string): string {
	const longest = 255 - ".age".length;
	return path
		.split("/")
		.map((name) =>
			Buffer.byteLength(name) <= longest
				? name
				: `long-${createHash("sha256").update(name).digest("hex")}`,
		)
		.join("/");
}

async function walk(root: string): Promise<string[]> {
	const isFolder = await stat(root).then(
		(found) => found.isDirectory(),
		() => false,
	);
	if (!isFolder) {
		throw new RefusedError(
			`expected a folder at ${root}, got nothing that can be read as one; name the folder to back up, or leave the option out`,
		);
	}
	const paths: string[] = [];
	const open = [""];
	for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
		const entries = await readdir(join(root, folder), { withFileTypes: true });
		for (const entry of entries) {
			const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
			if (entry.isDirectory()) open.push(path);
			else paths.push(path);
		}
	}
	return paths;
}

function knownFiles(copy: FolderCopy): ReadonlyMap<string, BackupFile> {
	const files = copy.previous?.manifest.files ?? [];
	return new Map(
		files.flatMap((file) =>
			file.part === copy.part && file.source !== undefined
				? [[file.source.path, file] as const]
				: [],
		),
	);
}

async function copyFile(
	copy: FolderCopy,
	path: string,
	before: BackupFile | undefined,
): Promise<BackupFile | undefined> {
	const from = join(copy.source, path);
	const stored = `${copy.part}/${storedPath(path)}${copy.sealer.suffix}`;
	for (let tries = 0; tries < 3; tries += 1) {
		const found = await stat(from).catch(() => undefined);
		if (found === undefined) return undefined;
		if (before?.path === stored && (await isUnchanged(from, found, before))) {
			const linked = await linkFile(
				copy,
				before,
				sourceOf(path, found, before),
			);
			if (linked !== undefined) return linked;
		}
		const hash = createHash("sha256");
		const hashed = async function* () {
			for await (const chunk of createReadStream(from)) {
				copy.signal.throwIfAborted();
				hash.update(chunk as Buffer);
				yield chunk as Buffer;
			}
		};
		const sealed = await copy.sealer
			.write(join(copy.into, stored), hashed(), copy.onBytes)
			.catch((error: unknown) => {
				throw copy.signal.aborted || !isRead(error, from)
					? error
					: new RefusedError(
							`${from} cannot be read: ${reasonOf(error)}; give this account the right to read it`,
							{ cause: error },
						);
			});
		const after = await stat(from).catch(() => undefined);
		// Written to meanwhile: what was read may be half old and half new. The last try is taken as it is.
		if (tries < 2 && after !== undefined && !isSame(found, after)) {
			await rm(join(copy.into, stored), { force: true });
			continue;
		}
		const source = sourceOf(path, found, undefined);
		return {
			path: stored,
			part: copy.part,
			size: sealed.size,
			sha256: sealed.sha256,
			source:
				copy.part === "uploads"
					? { ...source, sha256: hash.digest("hex") }
					: source,
		};
	}
	return undefined;
}

/**
 * Unchanged: size and all times are the same. Where only the time of the last change of the entry differs (moved, owner changed), the
 * bytes decide.
 */
async function isUnchanged(
	from: string,
	found: Stats,
	{ source }: BackupFile,
): Promise<boolean> {
	if (source === undefined || source.size !== found.size) return false;
	if (source.mtimeMs !== found.mtimeMs) return false;
	if (source.ctimeMs === found.ctimeMs) return true;
	if (source.sha256 === undefined) return false;
	const hash = createHash("sha256");
	for await (const chunk of createReadStream(from))
		hash.update(chunk as Buffer);
	return hash.digest("hex") === source.sha256;
}

async function linkFile(
	copy: FolderCopy,
	before: BackupFile,
	source: NonNullable<BackupFile["source"]>,
): Promise<BackupFile | undefined> {
	if (copy.previous === undefined) return undefined;
	const there = join(copy.previous.folder, before.path);
	const size = await stat(there).then(
		(found) => found.size,
		() => undefined,
	);
	// A damaged file is not carried on.
	if (size !== before.size) return undefined;
	try {
		await link(there, join(copy.into, before.path));
	} catch (error) {
		// Too many links to one file, or a file system without them: the bytes are written anew.
		const code = (error as { code?: unknown }).code;
		if (code === "EMLINK" || code === "EPERM" || code === "ENOTSUP") {
			return undefined;
		}
		throw error;
	}
	return { ...before, source, linked: true };
}

const sourceOf = (
	path: string,
	found: Stats,
	before: BackupFile | undefined,
): NonNullable<BackupFile["source"]> => ({
	path,
	size: found.size,
	mtimeMs: found.mtimeMs,
	ctimeMs: found.ctimeMs,
	mode: found.mode & 0o777,
	...(before?.source?.sha256 !== undefined && { sha256: before.source.sha256 }),
});

const isSame = (one: Stats, other: Stats): boolean =>
	one.size === other.size &&
	one.mtimeMs === other.mtimeMs &&
	one.ctimeMs === other.ctimeMs;

const isRead = (error: unknown, file: string): boolean =>
	(error as { path?: unknown }).path === file;
