import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Talk } from "../console.ts";
import { count } from "../convert/progress.ts";
import { RefusedError, reasonOf, UsageError } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { bytesText, rateText } from "./bytes.ts";
import { eachOf } from "./folders.ts";
import { type Manifest, readManifest, unlistedFiles } from "./manifest.ts";
import { timeOfName } from "./naming.ts";
import { placesOf } from "./places.ts";
import { hashFile } from "./seal.ts";
import type { VerifySettings } from "./settings.ts";
import { markVerified, readShelf, unmarkVerified } from "./shelf.ts";
import { readWalIndex } from "./walArchive.ts";
import { chainFrom, lsnText, parseLsn } from "./walNames.ts";

/** Problems shown of each kind. */
const shown = 20;

/** Recomputes every hash of one backup, or of all of them. No key is needed: the hashes are of the encrypted bytes. */
export async function verify(
	settings: VerifySettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const folders = await foldersOf(settings);
	const checks: Check[] = [];
	for (const folder of folders) {
		checks.push(...(await verifyOne(folder, talk, signal)));
	}
	const outcome = combineOutcomes(checks);
	const bad = checks.filter((check) => check.outcome !== "passed").length;
	return {
		outcome,
		checks,
		next:
			outcome === "passed"
				? `${folders.length === 1 ? "The backup is" : `All ${folders.length} backups are`} as written; whether a backup can be restored only "cutover backup drill" proves`
				: `${bad} of ${checks.length} checks failed: do not rely on these backups; make a new one with "cutover backup full"`,
		facts: { verified: folders.length },
	};
}

/** Verifies one backup and writes down when it was right. */
export async function verifyOne(
	folder: string,
	talk: Talk,
	signal: AbortSignal,
): Promise<readonly Check[]> {
	const startedAt = performance.now();
	const name = basename(folder);
	const into = dirname(folder);
	let bytes = 0;
	const onBytes = (more: number) => {
		bytes += more;
		const seconds = (performance.now() - startedAt) / 1000;
		talk.progress(rateText(`checking ${name}`, bytes, seconds));
	};
	let problems: readonly string[];
	let actual = "";
	try {
		const manifest = await readManifest(folder);
		problems = [
			...(await problemsOf(folder, manifest, signal, onBytes)),
			...(await logProblems(into, manifest, signal, onBytes)),
		];
		actual = `${count(manifest.files.length)} files, ${bytesText(bytes)}, all as written`;
	} catch (error) {
		if (signal.aborted) throw error;
		problems = [reasonOf(error)];
	}
	talk.endProgress();
	const isRight = problems.length === 0;
	if (isRight) await noted(markVerified(into, name, new Date().toISOString()));
	else await noted(unmarkVerified(into, name));
	return [
		{
			name,
			outcome: isRight ? "passed" : "failed",
			expected: "every file as the manifest says",
			actual: isRight ? actual : `${problems.length} problems`,
			details: detailsOf(problems),
			seconds: (performance.now() - startedAt) / 1000,
		},
	];
}

/** Every missing, changed or additional file of a backup, by name. */
export async function problemsOf(
	folder: string,
	manifest: Manifest,
	signal: AbortSignal,
	onBytes: (bytes: number) => void = () => undefined,
): Promise<readonly string[]> {
	const problems: string[] = [];
	const check = async (file: Manifest["files"][number]) => {
		try {
			const found = await hashFile(join(folder, file.path), onBytes);
			if (found.size !== file.size) {
				problems.push(
					`changed: ${file.path}: expected ${file.size} bytes, got ${found.size}`,
				);
			} else if (found.sha256 !== file.sha256) {
				problems.push(
					`changed: ${file.path}: expected sha256 ${file.sha256}, got ${found.sha256}`,
				);
			}
		} catch (error) {
			const isMissing = (error as { code?: unknown }).code === "ENOENT";
			problems.push(
				isMissing
					? `missing: ${file.path}`
					: `unreadable: ${file.path}: ${reasonOf(error)}`,
			);
		}
	};
	await eachOf(manifest.files, check, signal);
	const listed = new Set(manifest.files.map((file) => file.path));
	for (const path of await filesIn(folder)) {
		if (!listed.has(path) && !unlistedFiles.has(path)) {
			problems.push(`extra: ${path}`);
		}
	}
	return problems.sort();
}

/** What is wrong with the log that a base backup needs. */
async function logProblems(
	into: string,
	manifest: Manifest,
	signal: AbortSignal,
	onBytes: (bytes: number) => void,
): Promise<readonly string[]> {
	const base = manifest.database?.base;
	if (base === undefined) return [];
	const index = await readWalIndex(into);
	const chain = chainFrom(
		parseLsn(base.startWal),
		base.timeline,
		[...index.keys()],
		base.segmentBytes,
	);
	const problems: string[] = [];
	if (chain.end < parseLsn(base.endWal)) {
		problems.push(
			`missing: the log from ${lsnText(chain.end)}: the base backup needs it up to ${base.endWal}`,
		);
	}
	// A chain that was ended on purpose is followed by one with a base backup of its own.
	const hasSuccessor = (await readShelf(into)).some((one) => {
		const later = one.manifest?.database?.base;
		return later !== undefined && parseLsn(later.startWal) >= chain.end;
	});
	if (chain.behindGap > 0 && !hasSuccessor) {
		problems.push(
			`missing: the log from ${lsnText(chain.end)}: ${chain.behindGap} later segments cannot be reached`,
		);
	}
	for (const name of chain.names) {
		signal.throwIfAborted();
		const entry = index.get(name);
		if (entry === undefined) continue;
		const file = join(placesOf(into).wal, entry.file);
		const found = await hashFile(file, onBytes).catch(() => undefined);
		if (found === undefined) problems.push(`missing: wal/${entry.file}`);
		else if (found.sha256 !== entry.sha256) {
			problems.push(
				`changed: wal/${entry.file}: expected sha256 ${entry.sha256}, got ${found.sha256}`,
			);
		}
	}
	return problems;
}

/** The backup that `--from` names: its folder, or the folder of backups, of which the newest is taken. */
export async function backupFolder(from: string): Promise<string> {
	const folder = resolve(from);
	if (timeOfName(basename(folder)) !== undefined) return folder;
	const last = (await readShelf(folder)).at(-1);
	if (last !== undefined) return last.folder;
	throw new RefusedError(
		`expected a backup at ${folder}, got a folder without any; run "cutover backup full --into ${folder}" first, or name another folder`,
	);
}

async function foldersOf(settings: VerifySettings): Promise<readonly string[]> {
	if (settings.from !== undefined) return [await backupFolder(settings.from)];
	if (settings.into === undefined) {
		throw new UsageError("--from: is needed (or --into for all backups)");
	}
	const shelf = await readShelf(resolve(settings.into));
	if (shelf.length > 0) return shelf.map((one) => one.folder);
	throw new RefusedError(
		`there is no backup in ${settings.into}; run "cutover backup full --into ${settings.into}" first`,
	);
}

async function filesIn(folder: string): Promise<readonly string[]> {
	const entries = await readdir(folder, {
		recursive: true,
		withFileTypes: true,
	});
	return entries
		.filter((entry) => !entry.isDirectory())
		.map((entry) =>
			join(entry.parentPath, entry.name)
				.slice(folder.length + 1)
				.replaceAll("\\", "/"),
		);
}

function detailsOf(problems: readonly string[]): readonly string[] {
	const rest = problems.length - shown;
	return rest > 0
		? [...problems.slice(0, shown), `and ${rest} more`]
		: problems;
}

/** Backups on a disk that cannot be written to can be verified all the same. */
async function noted(write: Promise<void>): Promise<void> {
	await write.catch(() => undefined);
}
