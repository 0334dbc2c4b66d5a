import {
	appendFile,
	open,
	readdir,
	readFile,
	rename,
	rm,
} from "node:fs/promises";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { z } from "zod";
import { RefusedError } from "../errors.ts";
import { readOf } from "./dump.ts";
import { fileMode, makeFolder, syncFolder, writeDurably } from "./durable.ts";
import { placesOf } from "./places.ts";
import { type Chunks, openSealed, type Sealer } from "./seal.ts";

const entrySchema = z.object({
	/** Name of the segment, or of a timeline's history. */
	name: z.string(),
	file: z.string(),
	size: z.number(),
	sha256: z.string(),
	/** When it was stored (ISO 8601). */
	at: z.string(),
	encrypted: z.boolean(),
});

/** One stored file of the log. */
export type WalEntry = z.infer<typeof entrySchema>;

/** Names of segments and histories; what is still being received ends in `.partial`. */
const wholeFile = /^([0-9A-F]{24}|[0-9A-F]{8}\.history)$/;

/** What of the log is stored, by name; a later entry of the same name counts. */
export async function readWalIndex(
	into: string,
): Promise<ReadonlyMap<string, WalEntry>> {
	const text = await readFile(placesOf(into).walIndex, "utf8").catch(() => "");
	const entries = new Map<string, WalEntry>();
	for (const line of text.split("\n")) {
		const entry = parseEntry(line);
		if (entry !== undefined) entries.set(entry.name, entry);
	}
	return entries;
}

/**
 * Stores every finished file of the spool and removes its plain form. A kill at any moment loses nothing: the plain file goes last,
 * and one that is there is stored again.
 */
export async function storeFinished(
	into: string,
	sealer: Sealer,
	signal: AbortSignal,
	onStored: (name: string) => void = () => undefined,
): Promise<void> {
	const { wal, walSpool, walIndex } = placesOf(into);
	const names = (await readdir(walSpool)).filter((name) =>
		wholeFile.test(name),
	);
	for (const name of names.sort()) {
		const file = `${name}.gz${sealer.suffix}`;
		const draft = join(wal, `.draft-${file}`);
		await rm(draft, { force: true });
		const sealed = await sealer.write(
			draft,
			gzipped(readOf(join(walSpool, name), signal)),
		);
		await rename(draft, join(wal, file));
		await syncFolder(wal);
		const entry: WalEntry = {
			name,
			file,
			size: sealed.size,
			sha256: sealed.sha256,
			at: new Date().toISOString(),
			encrypted: sealer.suffix !== "",
		};
		await appendLine(walIndex, JSON.stringify(entry));
		await rm(join(walSpool, name));
		onStored(name);
	}
}

/**
 * Makes the folders of the log of a server.
 *
 * @throws RefusedError when they hold the log of another one: the names are the same and the bytes are not.
 */
export async function makeWalFolders(
	into: string,
	systemIdentifier: string,
): Promise<void> {
	const { wal, walServer, walSpool } = placesOf(into);
	await makeFolder(wal);
	const known = await readFile(walServer, "utf8").catch(() => undefined);
	if (known === undefined)
		await writeDurably(walServer, `${systemIdentifier}\n`);
	else if (known.trim() !== systemIdentifier) {
		throw new RefusedError(
			`expected the log of the server ${known.trim()} in ${wal}, got ${systemIdentifier}: another server, or one that was made anew; back it up into a folder of its own`,
		);
	}
	await makeFolder(walSpool);
}

/** The segment that is being received, plain and filled up with zeros; recovery reads as far as it goes. */
export async function partialSegment(
	into: string,
): Promise<{ readonly name: string; readonly file: string } | undefined> {
	const { walSpool } = placesOf(into);
	const names = await readdir(walSpool).catch(() => []);
	const last = names
		.filter((name) => /^[0-9A-F]{24}(\.partial)?$/.test(name))
		.sort()
		.at(-1);
	return last === undefined
		? undefined
		: { name: last.replace(".partial", ""), file: join(walSpool, last) };
}

/** The bytes of a stored file as the server wrote them. */
export async function openWal(
	into: string,
	entry: WalEntry,
	identities: readonly string[],
): Promise<Chunks> {
	const file = join(placesOf(into).wal, entry.file);
	return gunzipped(await openSealed(file, entry.encrypted ? identities : []));
}

/** Adds a line to a file and sees it on disk. */
export async function appendLine(file: string, line: string): Promise<void> {
	// A line that a crash cut off must not swallow the next one.
	const before = await readFile(file, "utf8").catch(() => "");
	const gap = before === "" || before.endsWith("\n") ? "" : "\n";
	await appendFile(file, `${gap}${line}\n`, { mode: fileMode });
	const handle = await open(file, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** Compresses on the way. */
export const gzipped = (chunks: Chunks): Chunks =>
	through(chunks, createGzip({ level: 1 }));

/** The opposite of `gzipped`. */
export const gunzipped = (chunks: Chunks): Chunks =>
	through(chunks, createGunzip());

function through(
	chunks: Chunks,
	transform: ReturnType<typeof createGzip> | ReturnType<typeof createGunzip>,
): Chunks {
	return pipeline(
		Readable.from(chunks, { objectMode: true }),
		transform,
		// The reader of the result gets the error; this is only to have it looked at.
		() => undefined,
	);
}

function parseEntry(line: string): WalEntry | undefined {
	try {
		return entrySchema.parse(JSON.parse(line));
	} catch {
		return undefined;
	}
}
