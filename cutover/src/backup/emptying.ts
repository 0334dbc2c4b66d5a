import {
	identifier,
	type Session,
	withTransaction,
} from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";
import { ownSchemas } from "./snapshot.ts";

/** Schema that exists while a restore is under way: a run after a kill knows by it that nothing here is worth keeping. */
export const markerSchema = "cutover_restore";

const notOfExtension = (catalog: string, alias: string) =>
	`NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${alias}.oid AND d.deptype = 'e')`;

const schemasSql = `SELECT n.nspname AS name FROM pg_namespace n WHERE ${ownSchemas} AND n.nspname <> '${markerSchema}'
	AND ${notOfExtension("pg_namespace", "n")} ORDER BY 1`;

const contentSql = `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND ${ownSchemas} AND n.nspname <> '${markerSchema}' AND ${notOfExtension("pg_class", "c")}
	UNION ALL SELECT n.nspname || '.' || p.proname || '()' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE ${ownSchemas} AND ${notOfExtension("pg_proc", "p")}
	UNION ALL SELECT 'schema ' || n.nspname FROM pg_namespace n
		WHERE ${ownSchemas} AND n.nspname NOT IN ('public', '${markerSchema}') AND ${notOfExtension("pg_namespace", "n")}
	ORDER BY 1`;

/** What a database holds besides what every new one has. */
export async function contentOfDatabase(
	session: Session,
): Promise<readonly string[]> {
	const { rows } = await session.query<{ name: string }>(contentSql);
	return rows.map((row) => row.name);
}

/** The backup whose restore was begun here and not finished. */
export async function unfinishedRestore(
	session: Session,
): Promise<string | undefined> {
	const { rows } = await session.query<{ there: boolean }>(
		`SELECT to_regclass('${markerSchema}.state') IS NOT NULL AS there`,
	);
	if (rows[0]?.there !== true) return undefined;
	const state = await session.query<{ backup: string }>(
		`SELECT backup FROM ${markerSchema}.state`,
	);
	return state.rows[0]?.backup;
}

/** Drops everything and marks the database as being restored, in one transaction. */
export async function emptyAndMark(
	session: Session,
	backup: string,
): Promise<void> {
	// The workers of a killed run may still build an index.
	await session.query(
		`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'cutover restore' AND pid <> pg_backend_pid()`,
	);
	await withTransaction(session, async () => {
		await session.query("SET LOCAL lock_timeout = '30s'");
		await emptyDatabase(session);
		await session.query(
			`DROP SCHEMA IF EXISTS ${markerSchema} CASCADE; CREATE SCHEMA ${markerSchema};
			CREATE TABLE ${markerSchema}.state (backup text, begun_at timestamptz DEFAULT now())`,
		);
		await session.query(`INSERT INTO ${markerSchema}.state VALUES ($1)`, [
			backup,
		]);
	}).catch((error: unknown) => {
		throw new RefusedError(
			`the database cannot be emptied: ${error instanceof Error ? error.message : error}; nothing was changed; stop the application, and restore with a role that owns everything`,
			{ cause: error },
		);
	});
}

/** The restore is finished. */
export async function unmark(session: Session): Promise<void> {
	await session.query(`DROP SCHEMA IF EXISTS ${markerSchema} CASCADE`);
}

async function emptyDatabase(session: Session): Promise<void> {
	const names = async (sql: string) =>
		(await session.query<{ name: string }>(sql)).rows.map((row) =>
			identifier(row.name),
		);
	for (const name of await names(
		`SELECT e.evtname AS name FROM pg_event_trigger e WHERE ${notOfExtension("pg_event_trigger", "e")}`,
	)) {
		await session.query(`DROP EVENT TRIGGER ${name}`);
	}
	for (const name of await names(
		"SELECT pubname AS name FROM pg_publication",
	)) {
		await session.query(`DROP PUBLICATION ${name}`);
	}
	await session.query("SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
	const schemas = await names(schemasSql);
	const hasPublic = schemas.includes(identifier("public"));
	for (const name of schemas) {
		if (name !== identifier("public")) {
			await session.query(`DROP SCHEMA ${name} CASCADE`);
		}
	}
	if (hasPublic) await session.query("DROP SCHEMA public CASCADE");
	// As every new database has it: a dump relies on that.
	await session.query("CREATE SCHEMA public");
	await session.query("SAVEPOINT owner");
	try {
		await session.query("ALTER SCHEMA public OWNER TO pg_database_owner");
	} catch {
		// Not everybody may give it away.
		await session.query("ROLLBACK TO SAVEPOINT owner");
	}
	await session.query(
		"GRANT USAGE ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'standard public schema'",
	);
}
