import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../adapters/tools.ts";
import { count } from "../convert/progress.ts";
import { isKind, RefusedError, reasonOf } from "../errors.ts";
import { readOf } from "./dump.ts";
import { makeFolder } from "./durable.ts";
import { toolFailure } from "./failures.ts";
import { copyFolder } from "./folders.ts";
import type { Made, Making } from "./making.ts";
import { sealOutput } from "./stream.ts";
import { gzipped } from "./walArchive.ts";

/** Uploads or configuration, file by file. */
export async function folderPart(
	making: Making,
	made: Made,
	name: "uploads" | "config",
	source: string | undefined,
): Promise<string | undefined> {
	if (source === undefined) return undefined;
	const copied = await copyFolder({
		part: name,
		source,
		into: making.folder,
		sealer: making.sealer,
		...(making.previous !== undefined && { previous: making.previous }),
		onBytes: making.onBytes,
		signal: making.signal,
	});
	made.files.push(...copied.files);
	made.links.push(...copied.links);
	const left = copied.leftOut;
	return [
		`${count(copied.files.length)} files from ${source}`,
		...(copied.linkedFiles > 0
			? [
					`${count(copied.linkedFiles)} unchanged, shared with ${making.previous?.manifest.name}`,
				]
			: []),
		...(left.length > 0
			? [`left out ${left.length}: ${left.slice(0, 5).join(", ")}`]
			: []),
	].join("; ");
}

/** The `.env` file. */
export async function envPart(
	making: Making,
	made: Made,
	source: string | undefined,
): Promise<string | undefined> {
	if (source === undefined) return undefined;
	const found = await lstat(source).catch((error: unknown) => {
		throw new RefusedError(
			`the file of --env-file cannot be read: ${reasonOf(error)}`,
			{ cause: error },
		);
	});
	const path = `dotenv${making.sealer.suffix}`;
	const sealed = await making.sealer.write(
		join(making.folder, path),
		readOf(source, making.signal),
		making.onBytes,
	);
	made.files.push({
		path,
		part: "env",
		size: sealed.size,
		sha256: sealed.sha256,
		source: {
			path: ".env",
			size: found.size,
			mtimeMs: found.mtimeMs,
			ctimeMs: found.ctimeMs,
			mode: found.mode & 0o777,
		},
	});
	return source;
}

/** Container images: their references, or archives of them. */
export async function imagesPart(
	making: Making,
	made: Made,
): Promise<string | undefined> {
	const { images, saveImages } = making.settings;
	if (images.length === 0) return undefined;
	if (!saveImages) return `references only: ${images.join(", ")}`;
	const engine = await containerEngine(making.signal);
	await makeFolder(join(making.folder, "images"));
	for (const [at, image] of images.entries()) {
		const { file, end } = await sealOutput(
			{
				command: engine,
				args: ["save", image],
				signal: making.signal,
			},
			{
				into: making.folder,
				path: `images/${at + 1}.tar.gz`,
				part: "images",
				sealer: making.sealer,
				through: gzipped,
				onBytes: making.onBytes,
			},
		);
		if (end.exitCode !== 0) throw toolFailure(`${engine} save ${image}`, end);
		made.files.push(file);
	}
	return `archives of ${images.join(", ")}`;
}

async function containerEngine(signal: AbortSignal): Promise<string> {
	try {
		await runTool({ command: "docker", args: ["--version"], signal });
		return "docker";
	} catch (error) {
		if (!isKind(error, "NotAvailableError")) throw error;
		await runTool({ command: "podman", args: ["--version"], signal });
		return "podman";
	}
}
