import { createHash } from "node:crypto";
import {
	chmod,
	lstat,
	readlink,
	rename,
	rm,
	symlink,
	utimes,
} from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { Talk } from "../console.ts";
import { count } from "../convert/progress.ts";
import { RefusedError } from "../errors.ts";
import type { Check } from "../outcome.ts";
import { rateText } from "./bytes.ts";
import { makeFolder } from "./durable.ts";
import { eachOf } from "./folders.ts";
import type { BackupFile, Manifest } from "./manifest.ts";
import { createSealer, openSealed } from "./seal.ts";

export interface FolderRestore {
	readonly folder: string;
	readonly manifest: Manifest;
	readonly identities: readonly string[];
	readonly part: "uploads" | "config" | "env";
	/** Folder that the files go into; for `env` the file itself. */
	readonly into: string;
	/** Files that are there and differ are overwritten. */
	readonly replace: boolean;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/** Puts the files of a part back, with their modes and times. What is there already and the same is left, so that it may be repeated. */
export async function restoreFolder(restore: FolderRestore): Promise<Check> {
	const startedAt = performance.now();
	const seconds = () => (performance.now() - startedAt) / 1000;
	const { manifest, part, talk } = restore;
	const files = manifest.files.filter((file) => file.part === part);
	const links = manifest.links.filter((one) => one.part === part);
	if (files.length + links.length === 0) {
		return {
			name: part,
			outcome: "not run",
			expected: "files in the backup",
			actual: `${manifest.name} was made without ${part}`,
			seconds: 0,
		};
	}
	const placeOf = (path: string) =>
		part === "env" ? restore.into : join(restore.into, insidePath(path));
	const todo: BackupFile[] = [];
	const different: string[] = [];
	for (const file of files) {
		const found = await lstat(placeOf(file.source?.path ?? "")).catch(
			() => undefined,
		);
		const isSame =
			found?.isFile() === true &&
			found.size === file.source?.size &&
			Math.abs(found.mtimeMs - (file.source?.mtimeMs ?? 0)) < 1;
		if (isSame) continue;
		if (found !== undefined) different.push(file.source?.path ?? file.path);
		todo.push(file);
	}
	if (different.length > 0 && !restore.replace) {
		throw new RefusedError(
			`expected no other files in ${restore.into}, got ${different.length} that differ from the backup (${different.slice(0, 3).join(", ")}${different.length > 3 ? ", ..." : ""}); name another place, or say --replace`,
		);
	}
	let bytes = 0;
	await eachOf(
		todo,
		(file) =>
			restoreFile(restore, file, placeOf(file.source?.path ?? ""), (more) => {
				bytes += more;
				talk.progress(rateText(part, bytes, seconds()));
			}),
		restore.signal,
	);
	// Links come last: no file is ever written through one.
	for (const { path, target } of links) await makeLink(placeOf(path), target);
	return {
		name: part,
		outcome: "passed",
		expected: "every file as in the backup",
		actual: `${count(todo.length)} of ${count(files.length)} files written to ${restore.into}${links.length > 0 ? `, ${links.length} links` : ""}`,
		seconds: seconds(),
	};
}

async function restoreFile(
	restore: FolderRestore,
	file: BackupFile,
	place: string,
	onBytes: (bytes: number) => void,
): Promise<void> {
	const { source } = file;
	await makeFolder(dirname(place));
	const draft = `${place}.${process.pid}.part`;
	await rm(draft, { force: true });
	const hash = createHash("sha256");
	const opened = await openSealed(
		join(restore.folder, file.path),
		restore.identities,
	);
	const hashed = async function* () {
		for await (const chunk of opened) {
			hash.update(chunk);
			yield chunk;
		}
	};
	await createSealer([]).write(draft, hashed(), onBytes);
	const sha256 = hash.digest("hex");
	if (source?.sha256 !== undefined && source.sha256 !== sha256) {
		await rm(draft, { force: true });
		throw new RefusedError(
			`${source.path}: expected sha256 ${source.sha256}, got ${sha256}; the backup is damaged`,
		);
	}
	if (source !== undefined) {
		await chmod(draft, source.mode);
		await utimes(draft, source.mtimeMs / 1000, source.mtimeMs / 1000);
	}
	await rename(draft, place);
}

async function makeLink(place: string, target: string): Promise<void> {
	if ((await readlink(place).catch(() => undefined)) === target) return;
	await makeFolder(dirname(place));
	await symlink(target, place);
}

/** @throws RefusedError for a path that leads out of the folder: no backup of ours holds one. */
function insidePath(path: string): string {
	const clean = normalize(path);
	if (!clean.startsWith("..") && !clean.startsWith("/")) return clean;
	throw new RefusedError(
		`expected paths inside of the folder, got ${JSON.stringify(path)}; somebody changed this backup`,
	);
}
