import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
	addressOf,
	findTools,
	toolEnvironment,
} from "../adapters/postgresTools.ts";
import { count } from "../convert/progress.ts";
import { isKind, reasonOf } from "../errors.ts";
import { takeBase } from "./base.ts";
import { bytesText } from "./bytes.ts";
import { dumpDatabase } from "./dump.ts";
import { namingDatabase, toolFailure } from "./failures.ts";
import { envPart, folderPart, imagesPart } from "./fileParts.ts";
import { folderBytes } from "./folders.ts";
import { lockTimeoutMs } from "./locked.ts";
import type { Made, Making } from "./making.ts";
import type { DatabaseFacts, Part } from "./manifest.ts";
import { takeRdsSnapshot } from "./rds.ts";
import { requireSpace } from "./shelf.ts";
import { holdSnapshot } from "./snapshot.ts";
import { sealOutput } from "./stream.ts";

/** Takes every part in turn. What nobody configured is named so; what could not be run too. */
export async function takeParts(making: Making): Promise<Made> {
	const made: Made = {
		tools: { node: process.versions.node },
		parts: [],
		files: [],
		links: [],
		images: [...making.settings.images],
	};
	const part = async (
		name: string,
		work: () => Promise<string | undefined>,
		reads?: string,
	) => {
		making.signal.throwIfAborted();
		making.talk.progress(`${name} ...`);
		made.parts.push(await stateOf(name, work, reads));
	};
	const { uploads, config, envFile, database, authDatabase } = making.settings;
	// Before any work: a folder named wrongly is found out at once.
	const fileBytes =
		(uploads === undefined ? 0 : await folderBytes(uploads)) +
		(config === undefined ? 0 : await folderBytes(config));
	const newBytes = making.previous === undefined ? fileBytes : 0;
	await part("database", () => databasePart(making, made, newBytes), database);
	await part("roles", () => rolesPart(making, made), database);
	await part("auth", () => authPart(making, made), authDatabase);
	await part("uploads", () => folderPart(making, made, "uploads", uploads));
	await part("config", () => folderPart(making, made, "config", config));
	await part("env", () => envPart(making, made, envFile));
	await part("images", () => imagesPart(making, made));
	await part("rds snapshot", () => rdsPart(making, made));
	return made;
}

async function stateOf(
	name: string,
	work: () => Promise<string | undefined>,
	/** URL of the database that the part is read from. */
	reads: string | undefined,
): Promise<Part> {
	try {
		const detail = await work();
		return detail === undefined
			? { name, state: "not configured", detail: "" }
			: { name, state: "done", detail };
	} catch (error) {
		if (name === "database" || !isKind(error, "NotAvailableError")) {
			throw reads === undefined ? error : namingDatabase(error, reads);
		}
		return { name, state: "not run", detail: reasonOf(error) };
	}
}

async function databasePart(
	making: Making,
	made: Made,
	fileBytes: number,
): Promise<string | undefined> {
	const { settings, sealer, talk, onBytes } = making;
	if (settings.database === undefined) return undefined;
	if (making.kind === "incremental") {
		if (settings.rdsInstance !== undefined) return undefined;
		const base = await takeBase({
			...settings,
			database: settings.database,
			into: making.into,
			folder: making.folder,
			sealer,
			talk,
			onBytes,
			signal: making.signal,
		});
		made.files.push(base.file);
		made.database = base.facts;
		made.tools.pg_basebackup = base.tool;
		if (base.isUnattended) {
			making.warnings.push(
				`the slot ${settings.slot} makes the server keep its log until somebody receives it: run "cutover backup wal" now, or remove it with "cutover backup wal-end"`,
			);
		}
		return `base backup of ${base.facts.address} and its log, ${bytesText(base.file.size)}, consistent at ${base.facts.walPosition}`;
	}
	const dumped = await dumpPart(
		making,
		settings.database,
		"database",
		fileBytes,
	);
	made.files.push(...dumped.files);
	made.database = dumped.facts;
	made.tools.pg_dump = dumped.tool;
	const rows = dumped.facts.tables.reduce((sum, table) => sum + table.rows, 0);
	return `${dumped.facts.address} at ${dumped.facts.walPosition}: ${dumped.facts.tables.length} tables, ${count(rows)} rows, ${bytesText(dumped.files.reduce((sum, file) => sum + file.size, 0))}`;
}

async function dumpPart(
	making: Making,
	database: string,
	name: "database" | "auth",
	fileBytes: number,
) {
	const failure = new AbortController();
	const signal = AbortSignal.any([making.signal, failure.signal]);
	// The first failure ends the rest at once, as Ctrl-C does: nobody waits on for a table, with a snapshot held.
	const snapshot = await holdSnapshot(database, lockTimeoutMs, signal);
	const spool = join(
		making.settings.spool ?? making.folder,
		`.plain-${making.name}-${name}`,
	);
	try {
		await requireSpace(
			making.folder,
			snapshot.facts.bytes,
			fileBytes,
			making.talk,
		);
		await making.hold.remains(spool);
		await making.hold.program("pg_dump", spool);
		// Counted in the snapshot while it is dumped: no further wait, and a failure of one ends the other.
		const orEnd = async <T>(work: Promise<T>) =>
			await work.catch((error: unknown) => {
				failure.abort(error);
				throw error;
			});
		const dumping = orEnd(
			dumpDatabase({
				database,
				major: snapshot.facts.major,
				snapshot: snapshot.id,
				jobs: making.settings.jobs,
				lockTimeoutMs,
				pgBin: making.settings.pgBin,
				spool,
				into: making.folder,
				part: name,
				sealer: making.sealer,
				talk: making.talk,
				onBytes: making.onBytes,
				signal,
			}),
		);
		const counting = orEnd(
			snapshot.countRows(signal, (done, all) =>
				making.talk.progress(`rows counted in ${done} of ${all} tables`),
			),
		);
		await Promise.allSettled([dumping, counting]);
		// A session that was cut fails as if it had been lost.
		making.signal.throwIfAborted();
		// The first error is the cause of the other.
		failure.signal.throwIfAborted();
		const [{ files, tool }, tables] = await Promise.all([dumping, counting]);
		const facts: DatabaseFacts = { ...snapshot.facts, method: "dump", tables };
		return { files, tool, facts };
	} finally {
		await rm(spool, { recursive: true, force: true });
		await snapshot.release();
	}
}

async function rolesPart(
	making: Making,
	made: Made,
): Promise<string | undefined> {
	const { database, rolePasswords, pgBin } = making.settings;
	const major = made.database?.major;
	if (database === undefined || major === undefined) return undefined;
	// A base backup holds the whole server.
	if (making.kind === "incremental") return "inside the base backup";
	const tools = await findTools({
		commands: ["pg_dumpall"],
		folder: pgBin,
		major: { text: `${major} or later`, fits: (found) => found >= major },
	});
	const env = toolEnvironment(database, "cutover backup");
	const { file, end } = await sealOutput(
		{
			command: join(tools.directory, "pg_dumpall"),
			args: [
				...["--globals-only", "--no-password"],
				...["--database", env.PGDATABASE ?? "postgres"],
				...(rolePasswords ? [] : ["--no-role-passwords"]),
			],
			env,
			signal: making.signal,
		},
		{
			into: making.folder,
			path: "globals.sql",
			part: "roles",
			sealer: making.sealer,
			onBytes: making.onBytes,
		},
	);
	if (end.exitCode !== 0) throw toolFailure("pg_dumpall", end, database);
	made.files.push(file);
	return rolePasswords ? "with their password hashes" : "without passwords";
}

async function authPart(
	making: Making,
	made: Made,
): Promise<string | undefined> {
	const { authDatabase, database } = making.settings;
	if (authDatabase === undefined) {
		const tables = made.database?.tables ?? [];
		return tables.some((table) => table.schema === "auth")
			? "schema auth is in the database dump"
			: undefined;
	}
	if (
		database !== undefined &&
		addressOf(database) === addressOf(authDatabase)
	) {
		return "is in the database dump: it is the same database";
	}
	const { files, facts } = await dumpPart(making, authDatabase, "auth", 0);
	made.files.push(...files);
	return `${facts.address} at ${facts.walPosition}, from a snapshot of its own: ${facts.tables.length} tables`;
}

async function rdsPart(
	making: Making,
	made: Made,
): Promise<string | undefined> {
	const { rdsInstance, timeoutSeconds } = making.settings;
	if (rdsInstance === undefined) return undefined;
	const snapshot = await takeRdsSnapshot(
		await making.rds(),
		{ instance: rdsInstance, name: making.name, timeoutSeconds },
		making.talk,
		making.signal,
	);
	made.database ??= snapshot.facts;
	made.database.rds = { instance: rdsInstance, snapshot: snapshot.id };
	return `${snapshot.id} of ${rdsInstance}; it lies in AWS, and so does its encryption`;
}
