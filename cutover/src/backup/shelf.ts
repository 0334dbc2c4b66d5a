import { readdir, readFile, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Talk } from "../console.ts";
import { RefusedError, reasonOf } from "../errors.ts";
import { bytesText } from "./bytes.ts";
import { writeDurably } from "./durable.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { nameOfPartial, timeOfName } from "./naming.ts";
import { placesOf } from "./places.ts";
import { expired, type RetentionRule } from "./retention.ts";
import { readWalIndex } from "./walArchive.ts";
import { parseLsn, parseSegment, segmentOf } from "./walNames.ts";

/** A finished backup in the folder that backups go into. */
export interface Shelved {
	readonly name: string;
	readonly folder: string;
	/** Undefined when it cannot be read; `problem` says why. */
	readonly manifest?: Manifest;
	readonly problem?: string;
	readonly verifiedAt?: string;
}

/** Every finished backup, oldest first. */
export async function readShelf(into: string): Promise<readonly Shelved[]> {
	const names = (await readdir(into).catch(() => []))
		.filter((name) => timeOfName(name) !== undefined)
		.sort();
	const verified = await readVerified(into);
	return await Promise.all(
		names.map(async (name): Promise<Shelved> => {
			const folder = join(into, name);
			const verifiedAt = verified[name];
			const base = { name, folder, ...(verifiedAt && { verifiedAt }) };
			return await readManifest(folder).then(
				(manifest) => ({ ...base, manifest }),
				(error: unknown) => ({ ...base, problem: reasonOf(error) }),
			);
		}),
	);
}

/** The newest backup that can be read. */
export async function latestOf(
	into: string,
	fits: (manifest: Manifest) => boolean = () => true,
): Promise<(Shelved & { readonly manifest: Manifest }) | undefined> {
	const shelf = await readShelf(into);
	return shelf
		.flatMap((one) =>
			one.manifest !== undefined && fits(one.manifest)
				? [{ ...one, manifest: one.manifest }]
				: [],
		)
		.at(-1);
}

/** Removes what killed runs left; only for the holder of the folder's lock. */
export async function sweep(into: string, talk: Talk): Promise<void> {
	for (const name of await readdir(into)) {
		const isPartial = nameOfPartial(name) !== undefined;
		if (!isPartial && !/^\.deleting-/.test(name)) continue;
		talk.say(
			isPartial
				? `removing the unfinished backup ${name}`
				: `removing the rest of ${name.slice(".deleting-".length)}`,
		);
		await rm(join(into, name), { recursive: true, force: true });
	}
}

/** Names of the backups that a rule lets go. */
export function expiredOf(
	shelf: readonly Shelved[],
	rule: RetentionRule,
	now: Date,
): readonly string[] {
	return expired(
		// One that cannot be read is nobody's to delete.
		shelf.flatMap(({ manifest, name, verifiedAt }) =>
			manifest === undefined
				? []
				: [
						{
							name,
							startedAt: manifest.startedAt,
							kind: manifest.kind,
							basedOn: manifest.basedOn,
							verifiedAt,
						},
					],
		),
		rule,
		now,
	);
}

/** Deletes backups as wholes, and the log that no backup left needs. Answers the names. */
export async function applyRetention(
	into: string,
	rule: RetentionRule,
	talk: Talk,
): Promise<readonly string[]> {
	const names = expiredOf(await readShelf(into), rule, new Date());
	for (const name of names) {
		talk.say(`retention: deleting ${name}`);
		// Out of sight in one move: half a backup is never one.
		const away = join(into, `.deleting-${name}`);
		await rename(join(into, name), away);
		await rm(away, { recursive: true, force: true });
	}
	if (names.length > 0) await trimLog(into, talk);
	return names;
}

/** Records that a backup's hashes were right. */
export async function markVerified(
	into: string,
	name: string,
	at: string,
): Promise<void> {
	const known = await readVerified(into);
	const names = new Set((await readShelf(into)).map((one) => one.name));
	const kept = Object.entries({ ...known, [name]: at }).filter(([one]) =>
		names.has(one),
	);
	await writeDurably(
		placesOf(into).verified,
		`${JSON.stringify(Object.fromEntries(kept), null, "\t")}\n`,
	);
}

/** A backup whose hashes were wrong counts as verified no longer. */
export async function unmarkVerified(
	into: string,
	name: string,
): Promise<void> {
	const { [name]: before, ...rest } = await readVerified(into);
	if (before === undefined) return;
	await writeDurably(
		placesOf(into).verified,
		`${JSON.stringify(rest, null, "\t")}\n`,
	);
}

/**
 * Refuses to begin what cannot fit. A dump is usually a third of its database or less; only what is clearly too much is refused.
 *
 * @param databaseBytes what the database takes on the server
 * @param fileBytes what is copied as it is
 */
export async function requireSpace(
	folder: string,
	databaseBytes: number,
	fileBytes: number,
	talk: Talk,
): Promise<void> {
	const disk = await statfs(folder);
	const free = disk.bavail * disk.bsize;
	const least = Math.ceil(databaseBytes * 0.1) + fileBytes;
	if (free < least) {
		throw new RefusedError(
			`expected at least ${bytesText(least)} free in ${folder} (database ${bytesText(databaseBytes)}, files ${bytesText(fileBytes)}), got ${bytesText(free)}; free space, or name another folder`,
		);
	}
	if (free < databaseBytes + fileBytes) {
		talk.say(
			`${folder} has ${bytesText(free)} free, the database is ${bytesText(databaseBytes)}: enough only if it compresses well`,
		);
	}
}

async function readVerified(into: string): Promise<Record<string, string>> {
	try {
		const text = await readFile(placesOf(into).verified, "utf8");
		return z.record(z.string(), z.string()).parse(JSON.parse(text));
	} catch {
		return {};
	}
}

/** The log before the oldest base backup serves nobody; without any base backup it is left alone. */
async function trimLog(into: string, talk: Talk): Promise<void> {
	const shelf = await readShelf(into);
	const bases = shelf.flatMap((one) => one.manifest?.database?.base ?? []);
	const isAllReadable = shelf.every((one) => one.manifest !== undefined);
	const [first] = bases;
	if (first === undefined || !isAllReadable) return;
	const oldest = bases
		.map((base) => segmentOf(parseLsn(base.startWal), base.segmentBytes))
		.reduce((one, other) => (other < one ? other : one));
	let removed = 0;
	for (const entry of (await readWalIndex(into)).values()) {
		const segment = parseSegment(entry.name, first.segmentBytes);
		if (segment === undefined || segment.number >= oldest) continue;
		await rm(join(placesOf(into).wal, entry.file), { force: true });
		removed += 1;
	}
	if (removed > 0) talk.say(`retention: ${removed} files of the log removed`);
}
