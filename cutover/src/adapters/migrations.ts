import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import {
	fullReason,
	type Session,
	sqlState,
	withTransaction,
} from "./postgres.ts";
import { isLockTrouble, lockPatience } from "./tableLocks.ts";

/** Schema and table in which the applied migrations are recorded. */
export const migrationsTable = { schema: "cutover", name: "migrations" };

/** The folder of the migration files: beside the bundle, or in the package. */
export function migrationsFolder(): string {
	const places = ["./migrations/", "../migrations/", "../../migrations/"];
	for (const place of places) {
		const folder = fileURLToPath(new URL(place, import.meta.url));
		if (existsSync(folder)) return folder;
	}
	throw new Error(
		"the folder with the migration files is missing: expected migrations/ beside the program or one folder above",
	);
}

/** Names of all migrations, in the order in which they are applied. */
export async function listMigrations(): Promise<readonly string[]> {
	const files = await readdir(migrationsFolder());
	return files
		.filter((file) => file.endsWith(".sql"))
		.map((file) => file.slice(0, -".sql".length))
		.sort(
			(one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10),
		);
}

/** Names of the migrations that the target holds, in the order in which they were applied; none before the first. */
export async function appliedMigrations(
	session: Session,
): Promise<readonly string[]> {
	const table = `${migrationsTable.schema}.${migrationsTable.name}`;
	const known = await session.query<{ there: boolean }>(
		"SELECT to_regclass($1) IS NOT NULL AS there",
		[table],
	);
	if (known.rows[0]?.there !== true) return [];
	const { rows } = await session.query<{ name: string }>(
		`SELECT name FROM ${table} ORDER BY run_on, id`,
	);
	return rows.map((row) => row.name);
}

/** Which migrations to run, and how. */
export interface MigrationRun {
	readonly direction: "up" | "down";
	/** At most so many. Default: all of them up, one down. */
	readonly count?: number;
	/** SQL that belongs to a migration and is committed with it or not at all. Default: none. */
	readonly besides?: (name: string) => string;
}

/**
 * Runs migrations, all of them in one transaction; answers their names. Keeping others out is the caller's business.
 *
 * @throws the server's error as it is when a lock was not to be had, else an Error that says what is changed.
 */
export async function runMigrations(
	session: Session,
	run: MigrationRun,
): Promise<readonly string[]> {
	const { runner } = await import("node-pg-migrate");
	const silent = () => undefined;
	try {
		const done = await runner({
			dbClient: session,
			dir: migrationsFolder(),
			direction: run.direction,
			...(run.count === undefined ? {} : { count: run.count }),
			migrationsTable: migrationsTable.name,
			migrationsSchema: migrationsTable.schema,
			createMigrationsSchema: run.direction === "up",
			singleTransaction: true,
			noLock: true,
			migrationLoaderStrategies: [
				{
					extensions: [".sql"],
					loader: async (paths) =>
						await Promise.all(paths.map((path) => loadMigration(path, run))),
				},
			],
			logger: { info: silent, warn: silent, error: silent },
		});
		return done.map((migration) => migration.name);
	} catch (error) {
		if (isLockTrouble(error)) throw error;
		// Without an answer of the server nobody knows whether its last word was a commit.
		const state =
			sqlState(error) === undefined
				? "run it again: what was done is on record"
				: "nothing was changed";
		throw new Error(
			`the schema could not be changed: ${fullReason(error)}; ${state}`,
			{ cause: error },
		);
	}
}

/** Removes the record of applied migrations once it is empty, and its schema when nothing else is left there. */
export async function removeMigrationsTable(session: Session): Promise<void> {
	const { schema, name } = migrationsTable;
	await withTransaction(session, async () => {
		await session.query(
			`SET LOCAL lock_timeout = ${lockPatience.lockTimeoutMs}`,
		);
		await session.query(`DO $do$ BEGIN
			IF to_regclass('${schema}.${name}') IS NOT NULL THEN
				LOCK TABLE ${schema}.${name} IN ACCESS EXCLUSIVE MODE;
				IF NOT EXISTS (SELECT FROM ${schema}.${name}) THEN DROP TABLE ${schema}.${name}; END IF;
			END IF;
			DROP SCHEMA IF EXISTS ${schema};
		EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
		END $do$`);
	});
}

/** One file of two parts, the way the library itself reads it, with what belongs to it besides. */
async function loadMigration(path: string, run: MigrationRun) {
	const [up = "", down] = splitMigration(await readFile(path, "utf8"));
	const besides = run.besides?.(basename(path, ".sql")) ?? "";
	const action = (sql: string) => (builder: { sql(text: string): void }) => {
		builder.sql(sql);
		if (besides !== "") builder.sql(besides);
	};
	return {
		id: path,
		filePaths: [path],
		actions: {
			up: action(up),
			down: down === undefined ? (false as const) : action(down),
		},
	};
}

/** The up part of a migration and, where it has one, its down part. */
export function splitMigration(text: string): readonly string[] {
	return text.split(/^--[ \t]*Down Migration[ \t]*$/im);
}
