import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { findTools, toolEnvironment } from "../adapters/postgresTools.ts";
import { runTool, type ToolEnd } from "../adapters/tools.ts";
import type { Talk } from "../console.ts";
import { bytesText } from "./bytes.ts";
import { makeFolder } from "./durable.ts";
import { toolFailure } from "./failures.ts";
import { isLockFailure, namingLockHolders } from "./locked.ts";
import type { BackupFile } from "./manifest.ts";
import type { Sealer } from "./seal.ts";

/** One dump on its way into a backup. */
export interface Dump {
	readonly database: string;
	/** Of the server: older programs refuse to dump it. */
	readonly major: number;
	/** The snapshot that all of it is read in. */
	readonly snapshot: string;
	readonly jobs: number;
	/** Longest wait for a table that somebody has to themselves. */
	readonly lockTimeoutMs: number;
	readonly pgBin?: string | undefined;
	/** Where pg_dump writes; does not exist yet. */
	readonly spool: string;
	/** The backup being made. */
	readonly into: string;
	/** Folder inside of it, and name of the part. */
	readonly part: "database" | "auth";
	readonly sealer: Sealer;
	readonly talk: Talk;
	readonly onBytes: (bytes: number) => void;
	readonly signal: AbortSignal;
}

/**
 * Dumps a database in parallel directory format, from one snapshot. Each file is encrypted and its plain form removed as soon as
 * pg_dump has finished it.
 *
 * @throws RefusedError with what pg_dump said, and who has the table where it waited for one longer than `lockTimeoutMs`.
 */
export async function dumpDatabase(
	dump: Dump,
): Promise<{ readonly files: readonly BackupFile[]; readonly tool: string }> {
	const tools = await findTools({
		commands: ["pg_dump"],
		folder: dump.pgBin,
		major: {
			text: `${dump.major} or later`,
			fits: (major) => major >= dump.major,
		},
	});
	await makeFolder(join(dump.into, dump.part));
	const files: BackupFile[] = [];
	const failure = new AbortController();
	const signal = AbortSignal.any([dump.signal, failure.signal]);
	// One after the other: the encryption keeps one core busy anyway.
	let sealing: Promise<void> = Promise.resolve();
	const sealNext = (name: string) => {
		sealing = sealing.then(() => sealFile(dump, name, files, signal));
		sealing.catch((error: unknown) => failure.abort(error));
	};
	let end: ToolEnd;
	const watch = setInterval(() => void showSpool(dump), 1_000);
	try {
		end = await runTool({
			command: join(tools.directory, "pg_dump"),
			args: [
				...["--format=directory", `--jobs=${dump.jobs}`, "--verbose"],
				...[`--snapshot=${dump.snapshot}`, `--file=${dump.spool}`],
				`--lock-wait-timeout=${dump.lockTimeoutMs}`,
			],
			env: toolEnvironment(dump.database, "cutover backup"),
			signal,
			onLine(line) {
				const [, id] = /finished item (\d+) TABLE DATA /.exec(line) ?? [];
				if (id !== undefined) sealNext(`${id}.dat.gz`);
			},
		});
	} finally {
		clearInterval(watch);
		await sealing.catch(() => undefined);
	}
	if (end.exitCode !== 0) {
		const error = toolFailure("pg_dump", end, dump.database);
		throw isLockFailure(end)
			? await namingLockHolders(error, dump.database)
			: error;
	}
	for (const name of await readdir(dump.spool)) sealNext(name);
	await sealing;
	await rm(dump.spool, { recursive: true, force: true });
	return {
		files: files.sort((one, other) => (one.path < other.path ? -1 : 1)),
		tool: tools.version,
	};
}

/** A big table is one file, and nothing of it is sealed before it is whole. */
async function showSpool(dump: Dump): Promise<void> {
	let bytes = 0;
	for (const name of await readdir(dump.spool).catch(() => [])) {
		const found = await stat(join(dump.spool, name)).catch(() => undefined);
		bytes += found?.size ?? 0;
	}
	if (bytes > 0) {
		dump.talk.progress(`${bytesText(bytes)} dumped, to be encrypted`);
	}
}

async function sealFile(
	dump: Dump,
	name: string,
	files: BackupFile[],
	signal: AbortSignal,
): Promise<void> {
	signal.throwIfAborted();
	const plain = join(dump.spool, name);
	const path = `${dump.part}/${name}${dump.sealer.suffix}`;
	const sealed = await dump.sealer.write(
		join(dump.into, path),
		readOf(plain, signal),
		dump.onBytes,
	);
	files.push({
		path,
		part: dump.part,
		size: sealed.size,
		sha256: sealed.sha256,
	});
	await rm(plain);
}

/** A file's bytes, until somebody calls it off. */
export async function* readOf(
	file: string,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
	for await (const chunk of createReadStream(file, {
		highWaterMark: 1 << 18,
	})) {
		signal.throwIfAborted();
		yield chunk as Buffer;
	}
}
