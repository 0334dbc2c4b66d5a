import { readdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Talk } from "../console.ts";
import { durationText } from "../convert/progress.ts";
import { RefusedError, reasonOf, UsageError } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { bytesText, rateText } from "./bytes.ts";
import { isDiskFull, makeFolder, syncFolder } from "./durable.ts";
import { takeHold } from "./hold.ts";
import { loadRecipients } from "./keys.ts";
import type { Making } from "./making.ts";
import { type Manifest, type Part, writeManifest } from "./manifest.ts";
import { freeName, partialName } from "./naming.ts";
import { takeParts } from "./parts.ts";
import { placesOf } from "./places.ts";
import type { RdsPort } from "./rds.ts";
import { createSealer } from "./seal.ts";
import type { TakeSettings } from "./settings.ts";
import { applyRetention, latestOf, sweep } from "./shelf.ts";

export type Kind = Manifest["kind"];

/**
 * Makes a backup: into a folder of a name that nobody takes for a backup, renamed when everything is written, hashed and on disk.
 * Whatever fails, the folder is removed and the backups before it are as they were.
 */
export async function takeBackup(
	kind: Kind,
	settings: TakeSettings,
	ports: { readonly rds: () => Promise<RdsPort> },
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	if (settings.database === undefined && settings.rdsInstance === undefined) {
		throw new UsageError(
			"--database: is needed (on RDS, --rds-instance does as well)",
		);
	}
	const startedAt = performance.now();
	const into = resolve(settings.into);
	const recipients = settings.plaintext ? [] : await loadRecipients(settings);
	await makeFolder(into);
	const hold = await takeHold(
		placesOf(into).backupLock,
		`a ${kind} backup`,
		talk,
	);
	try {
		await sweep(into, talk);
		const name = freeName(new Date(), new Set(await readdir(into)));
		const folder = join(into, partialName(name));
		await hold.remains(folder);
		await makeFolder(folder);
		let bytes = 0;
		const making: Making = {
			kind,
			settings,
			into,
			folder,
			name,
			sealer: createSealer(recipients),
			previous:
				kind === "incremental"
					? await sharedWith(settings, into, recipients)
					: undefined,
			hold,
			rds: ports.rds,
			talk,
			signal,
			warnings: [],
			onBytes(more) {
				bytes += more;
				const seconds = (performance.now() - startedAt) / 1000;
				talk.progress(
					`${rateText("written", bytes, seconds)}, ${durationText(seconds)}`,
				);
			},
		};
		const manifest = await makeIn(making, recipients).catch(
			async (error: unknown) => {
				await rm(folder, { recursive: true, force: true });
				throw explained(error, into);
			},
		);
		talk.endProgress();
		const removed = await applyRetention(into, settings, talk);
		const seconds = (performance.now() - startedAt) / 1000;
		return resultOf(making, manifest, removed, seconds);
	} finally {
		await hold.release();
	}
}

async function makeIn(
	making: Making,
	recipients: readonly string[],
): Promise<Manifest> {
	const startedAt = new Date().toISOString();
	const made = await takeParts(making);
	const manifest: Manifest = {
		version: 1,
		name: making.name,
		kind: making.kind,
		...(making.previous !== undefined && {
			basedOn: making.previous.manifest.name,
		}),
		startedAt,
		endedAt: new Date().toISOString(),
		encryption:
			recipients.length === 0
				? { format: "none" }
				: { format: "age", recipients: [...recipients] },
		...made,
	};
	await writeManifest(making.folder, manifest);
	making.signal.throwIfAborted();
	for (const entry of await readdir(making.folder, { withFileTypes: true })) {
		if (entry.isDirectory()) await syncFolder(join(making.folder, entry.name));
	}
	await syncFolder(making.folder);
	await rename(making.folder, join(making.into, making.name));
	await syncFolder(making.into);
	return manifest;
}

/** Bytes can be shared only with a backup that the same keys open; the newest one that has files is asked for them. */
async function sharedWith(
	settings: TakeSettings,
	into: string,
	recipients: readonly string[],
): Promise<Making["previous"]> {
	const wanted = [...recipients].sort().join();
	const parts = new Set([
		...(settings.uploads === undefined ? [] : ["uploads"]),
		...(settings.config === undefined ? [] : ["config"]),
	]);
	const found = await latestOf(into, ({ encryption, files }) => {
		const keys = encryption.format === "age" ? encryption.recipients : [];
		return (
			[...keys].sort().join() === wanted &&
			files.some((file) => parts.has(file.part))
		);
	});
	return found && { manifest: found.manifest, folder: found.folder };
}

function explained(error: unknown, into: string): unknown {
	if (!isDiskFull(error)) return error;
	return new RefusedError(
		`the disk of ${into} is full: ${reasonOf(error)}; the unfinished backup is removed and earlier ones are untouched; free space, set --keep, or name another folder`,
		{ cause: error },
	);
}

function resultOf(
	making: Making,
	manifest: Manifest,
	removed: readonly string[],
	seconds: number,
): Result {
	const size = manifest.files.reduce((sum, file) => sum + file.size, 0);
	const checks = manifest.parts.map(checkOf);
	const outcome = combineOutcomes(checks);
	const missing = manifest.parts.filter((part) => part.state === "not run");
	const path = join(making.into, making.name);
	return {
		outcome,
		checks,
		next: [
			`${path} is ${missing.length === 0 ? "complete" : `finished WITHOUT ${missing.map((part) => part.name).join(", ")}`}: ${manifest.files.length} files, ${bytesText(size)}, ${manifest.encryption.format === "age" ? "encrypted" : "NOT encrypted"}, in ${durationText(seconds)}`,
			...making.warnings,
			`next: cutover backup verify --from ${path}, and cutover backup drill --into ${making.into}`,
		].join("; "),
		facts: {
			backup: making.name,
			path,
			kind: making.kind,
			basedOn: manifest.basedOn ?? null,
			bytes: size,
			files: manifest.files.length,
			linkedFiles: manifest.files.filter((file) => file.linked).length,
			encrypted: manifest.encryption.format === "age",
			walPosition: manifest.database?.walPosition ?? null,
			removed,
			seconds,
		},
	};
}

/** What nobody asked for is shown, and holds nothing up. */
function checkOf(part: Part): Check {
	return {
		name: part.name,
		outcome: part.state === "done" ? "passed" : "not run",
		expected: "in the backup",
		actual:
			part.state === "done"
				? part.detail
				: `${part.state}${part.detail === "" ? "" : `: ${part.detail}`}`,
		seconds: 0,
		required: part.state !== "not configured",
	};
}
