import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { RefusedError, reasonOf } from "../errors.ts";
import { writeDurably } from "./durable.ts";

export const manifestFile = "manifest.json";
const manifestHashFile = "manifest.json.sha256";

/** One file of a backup. */
const fileSchema = z.object({
	/** Inside the backup's folder, with slashes. */
	path: z.string(),
	part: z.string(),
	/** Of the bytes as they lie there, encrypted or not. */
	size: z.number().int().nonnegative(),
	sha256: z.string().regex(/^[0-9a-f]{64}$/),
	/** Where it came from: relative path, size, times and mode; only for files of folders. */
	source: z
		.object({
			path: z.string(),
			size: z.number(),
			mtimeMs: z.number(),
			ctimeMs: z.number(),
			mode: z.number(),
			/** Of the file's own bytes; not kept for parts that may hold secrets short enough to guess. */
			sha256: z.string().optional(),
		})
		.optional(),
	/** Shares its bytes with the backup that this one builds on. */
	linked: z.literal(true).optional(),
});

const partSchema = z.object({
	name: z.string(),
	/** `not configured`: nobody asked for it. `not run`: asked for, and could not be done. */
	state: z.enum(["done", "not configured", "not run"]),
	detail: z.string(),
});

const databaseSchema = z.object({
	method: z.enum(["dump", "base", "rds snapshot"]),
	/** `host:port/name`, never with user or password. */
	address: z.string(),
	name: z.string(),
	server: z.string(),
	major: z.number().int(),
	encoding: z.string().optional(),
	systemIdentifier: z.string().optional(),
	/** The role that the server was made with: it exists on every copy of it. */
	superuser: z.string().optional(),
	bytes: z.number(),
	/** What the backup holds is the state of this moment and position (a base backup: at its end). */
	at: z.string(),
	walPosition: z.string(),
	/** Rows of each table in the very snapshot of the dump. */
	tables: z.array(
		z.object({ schema: z.string(), name: z.string(), rows: z.number() }),
	),
	/** Roles that own something or are granted something in the database. */
	roles: z.array(z.string()),
	base: z
		.object({
			timeline: z.number().int(),
			startWal: z.string(),
			endWal: z.string(),
			segmentBytes: z.number().int(),
		})
		.optional(),
	rds: z.object({ instance: z.string(), snapshot: z.string() }).optional(),
});

export const manifestSchema = z.object({
	version: z.literal(1),
	name: z.string(),
	kind: z.enum(["full", "incremental"]),
	/** The backup whose files this one shares. */
	basedOn: z.string().optional(),
	startedAt: z.string(),
	endedAt: z.string(),
	encryption: z.discriminatedUnion("format", [
		z.object({ format: z.literal("age"), recipients: z.array(z.string()) }),
		z.object({ format: z.literal("none") }),
	]),
	tools: z.record(z.string(), z.string()),
	parts: z.array(partSchema),
	database: databaseSchema.optional(),
	images: z.array(z.string()),
	files: z.array(fileSchema),
	/** Symbolic links of the folders: they have no bytes. */
	links: z.array(
		z.object({ part: z.string(), path: z.string(), target: z.string() }),
	),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type BackupFile = z.infer<typeof fileSchema>;
export type Part = z.infer<typeof partSchema>;
export type DatabaseFacts = z.infer<typeof databaseSchema>;

/** Writes the manifest and its hash; the last thing that happens in a backup's folder. */
export async function writeManifest(
	folder: string,
	manifest: Manifest,
): Promise<void> {
	const text = `${JSON.stringify(manifest, null, "\t")}\n`;
	await writeDurably(join(folder, manifestFile), text);
	await writeDurably(
		join(folder, manifestHashFile),
		`${sha256Of(text)}  ${manifestFile}\n`,
	);
}

/**
 * Reads a backup's manifest.
 *
 * @throws RefusedError when it is missing, not as its hash says, or not a manifest.
 */
export async function readManifest(folder: string): Promise<Manifest> {
	const read = async (name: string) =>
		await readFile(join(folder, name), "utf8").catch((error: unknown) => {
			throw new RefusedError(
				`${folder} is no finished backup: ${name} cannot be read (${reasonOf(error)}); name a folder that "cutover backup list" shows`,
				{ cause: error },
			);
		});
	const text = await read(manifestFile);
	const [wanted] = (await read(manifestHashFile)).split(/\s/);
	const found = sha256Of(text);
	if (wanted !== found) {
		throw new RefusedError(
			`the manifest of ${folder} was changed: expected sha256 ${wanted}, got ${found}; do not trust this backup, use another one`,
		);
	}
	const parsed = manifestSchema.safeParse(parseJson(text));
	if (parsed.success) return parsed.data;
	throw new RefusedError(
		`the manifest of ${folder} is not as expected: ${z.prettifyError(parsed.error)}; it may be of a newer version of this program`,
	);
}

/** The names inside a backup's folder that the manifest does not list, because they are about it. */
export const unlistedFiles: ReadonlySet<string> = new Set([
	manifestFile,
	manifestHashFile,
]);

const sha256Of = (text: string): string =>
	createHash("sha256").update(text).digest("hex");

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
