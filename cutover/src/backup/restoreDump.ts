import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { identifier, type Session, withSession } from "../adapters/postgres.ts";
import {
	addressOf,
	findTools,
	toolEnvironment,
} from "../adapters/postgresTools.ts";
import { runTool } from "../adapters/tools.ts";
import type { Confirm } from "../confirm.ts";
import type { Talk } from "../console.ts";
import { count } from "../convert/progress.ts";
import { RefusedError } from "../errors.ts";
import type { Check } from "../outcome.ts";
import { bytesText, rateText } from "./bytes.ts";
import { makeFolder } from "./durable.ts";
import {
	contentOfDatabase,
	emptyAndMark,
	markerSchema,
	unfinishedRestore,
	unmark,
} from "./emptying.ts";
import { toolFailure } from "./failures.ts";
import type { Hold } from "./hold.ts";
import type { DatabaseFacts, Manifest } from "./manifest.ts";
import { createSealer, openSealed } from "./seal.ts";
import { countRows } from "./snapshot.ts";

/** A dump on its way back into a database. */
export interface DumpRestore {
	readonly folder: string;
	readonly manifest: Manifest;
	/** Empty for a backup that is not encrypted. */
	readonly identities: readonly string[];
	readonly database: string;
	readonly jobs: number;
	readonly pgBin?: string | undefined;
	/** Where the dump lies decrypted for as long as pg_restore reads it; does not exist yet. */
	readonly spool: string;
	readonly replace: boolean;
	/** Asked before anything is destroyed. */
	readonly confirm: Confirm;
	readonly noOwner: boolean;
	readonly createRoles: boolean;
	readonly hold: Hold;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/** Errors of pg_restore that are shown. */
const shown = 20;

/** Restores a dump and compares the rows of every table with the manifest. A run after a kill starts over by itself. */
export async function restoreDump(
	restore: DumpRestore,
): Promise<readonly Check[]> {
	const facts = restore.manifest.database;
	if (facts?.method !== "dump") {
		throw new RefusedError(
			`${restore.manifest.name} holds no dump but ${facts === undefined ? "no database at all" : `a ${facts.method === "base" ? "base backup: say --to latest --data-dir NEW_FOLDER" : "snapshot in RDS: say --rds-instance"}`}`,
		);
	}
	return await withSession(
		restore.database,
		{ what: "database", applicationName: "cutover restore lead" },
		async (session) => {
			await lockRestore(session);
			await requireUnused(session, restore);
			await requireRoles(session, restore, facts);
			await unsealDump(restore);
			const startedAt = performance.now();
			await emptyAndMark(session, restore.manifest.name);
			const errors = await runRestore(restore, facts);
			const restored: Check = {
				name: "pg_restore",
				outcome: errors.length === 0 ? "passed" : "failed",
				expected: "no errors",
				actual: errors.length === 0 ? "no errors" : `${errors.length} errors`,
				details: errors.slice(0, shown),
				seconds: (performance.now() - startedAt) / 1000,
			};
			const rows = await compareRows(
				session,
				facts,
				restore.signal,
				restore.talk,
			);
			await session.query("ANALYZE");
			if (errors.length === 0) await unmark(session);
			return [restored, rows];
		},
	);
}

/** Compares the rows of every table with those that the manifest knows. */
export async function compareRows(
	session: Session,
	facts: DatabaseFacts,
	signal: AbortSignal,
	talk: Talk,
): Promise<Check> {
	const startedAt = performance.now();
	const counted = await countRows(session, signal, (done, all) =>
		talk.progress(`rows counted in ${done} of ${all} tables`),
	);
	const found = counted.filter((table) => table.schema !== markerSchema);
	const details = rowDifferences(facts.tables, found);
	const all = facts.tables.reduce((sum, table) => sum + table.rows, 0);
	return {
		name: "row counts",
		outcome: details.length === 0 ? "passed" : "failed",
		expected: `${count(all)} rows in ${facts.tables.length} tables, as in the manifest`,
		actual:
			details.length === 0
				? `${count(all)} rows in ${found.length} tables`
				: `${details.length} tables differ`,
		details: details.slice(0, shown),
		seconds: (performance.now() - startedAt) / 1000,
	};
}

/** Tables that are missing, additional or of another number of rows. */
export function rowDifferences(
	wanted: DatabaseFacts["tables"],
	found: DatabaseFacts["tables"],
): readonly string[] {
	const key = (table: { schema: string; name: string }) =>
		`${table.schema}.${table.name}`;
	const counts = new Map(found.map((table) => [key(table), table.rows]));
	const names = new Set(wanted.map(key));
	return [
		...wanted.flatMap((table) => {
			const rows = counts.get(key(table));
			if (rows === table.rows) return [];
			return `${key(table)}: expected ${table.rows} rows, got ${rows ?? "no table"}`;
		}),
		...found
			.filter(
				(table) => !names.has(key(table)) && table.schema !== "cutover_restore",
			)
			.map(
				(table) => `${key(table)}: expected no table, got ${table.rows} rows`,
			),
	];
}

async function lockRestore(session: Session): Promise<void> {
	const { rows } = await session.query<{ got: boolean }>(
		"SELECT pg_try_advisory_lock(hashtext('cutover restore')) AS got",
	);
	if (rows[0]?.got === true) return;
	throw new RefusedError(
		"another restore into this database runs; wait for it, or end its session",
	);
}

async function requireUnused(
	session: Session,
	restore: DumpRestore,
): Promise<void> {
	const unfinished = await unfinishedRestore(session);
	if (unfinished !== undefined) {
		restore.talk.say(
			`an unfinished restore of ${unfinished} is there: starting over`,
		);
		return;
	}
	const content = await contentOfDatabase(session);
	if (content.length === 0) return;
	const address = addressOf(restore.database);
	if (!restore.replace) {
		throw new RefusedError(
			`expected an empty database at ${address}, got ${content.length} objects (${content.slice(0, 3).join(", ")}${content.length > 3 ? ", ..." : ""}); name an empty one, or say --replace to destroy what is there`,
		);
	}
	await restore.confirm({
		what: `This DESTROYS all ${content.length} objects of the database ${address} and puts ${restore.manifest.name} of ${restore.manifest.startedAt} there`,
		word: session.database ?? "",
	});
}

async function requireRoles(
	session: Session,
	restore: DumpRestore,
	facts: DatabaseFacts,
): Promise<void> {
	const { rows } = await session.query<{ name: string }>(
		"SELECT name FROM unnest($1::text[]) name WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)",
		[facts.roles],
	);
	const missing = rows.map((row) => row.name);
	if (missing.length === 0 || restore.noOwner) return;
	if (!restore.createRoles) {
		throw new RefusedError(
			`expected the roles ${missing.join(", ")} on ${addressOf(restore.database)}, got none of that name; say --create-roles (made without the right to log in), --no-owner (everything belongs to you and nobody is granted anything), or make them from the backup's globals.sql`,
		);
	}
	for (const name of missing) {
		await session.query(`CREATE ROLE ${identifier(name)} NOLOGIN`);
	}
	restore.talk.say(`made the roles ${missing.join(", ")}, without login`);
}

async function unsealDump(restore: DumpRestore): Promise<void> {
	const { folder, spool, signal, talk } = restore;
	const files = restore.manifest.files.filter(
		(file) => file.part === "database",
	);
	await restore.hold.remains(spool);
	await makeFolder(spool);
	const need = files.reduce((sum, file) => sum + file.size, 0);
	const disk = await statfs(spool);
	if (disk.bavail * disk.bsize < need) {
		throw new RefusedError(
			`expected ${bytesText(need)} free in ${spool} for the decrypted dump, got ${bytesText(disk.bavail * disk.bsize)}; free space, or name another folder with --spool`,
		);
	}
	const plain = createSealer([]);
	const startedAt = performance.now();
	let bytes = 0;
	for (const file of files) {
		signal.throwIfAborted();
		const name = (file.path.split("/").at(-1) ?? "").replace(
			restore.identities.length > 0 ? /\.age$/ : /$^/,
			"",
		);
		const opened = await openSealed(
			join(folder, file.path),
			restore.identities,
		);
		await plain.write(join(spool, name), opened, (more) => {
			bytes += more;
			const seconds = (performance.now() - startedAt) / 1000;
			talk.progress(rateText("decrypted", bytes, seconds));
		});
	}
}

async function runRestore(
	restore: DumpRestore,
	facts: DatabaseFacts,
): Promise<readonly string[]> {
	const tools = await findTools({
		commands: ["pg_restore"],
		folder: restore.pgBin,
		major: {
			text: `${facts.major} or later`,
			fits: (major) => major >= facts.major,
		},
	});
	const env = toolEnvironment(restore.database, "cutover restore");
	const errors: string[] = [];
	let done = 0;
	await restore.hold.program("pg_restore", restore.spool);
	const end = await runTool({
		command: join(tools.directory, "pg_restore"),
		args: [
			...["--format=directory", "--verbose", "--no-password"],
			...[`--jobs=${restore.jobs}`, `--dbname=${env.PGDATABASE ?? ""}`],
			...(restore.noOwner ? ["--no-owner", "--no-privileges"] : []),
			restore.spool,
		],
		env,
		signal: restore.signal,
		onLine(line) {
			if (/finished item \d+ TABLE DATA /.test(line)) {
				done += 1;
				restore.talk.progress(
					`restored ${done} of ${facts.tables.length} tables`,
				);
			}
			const [, error] = /^pg_restore: error: (.*)/.exec(line) ?? [];
			if (error !== undefined) errors.push(error);
		},
	});
	// It ends with 1 after errors that it went on from, and these are told one by one.
	if (end.exitCode !== 0 && errors.length === 0) {
		throw toolFailure("pg_restore", end, restore.database);
	}
	return errors;
}
