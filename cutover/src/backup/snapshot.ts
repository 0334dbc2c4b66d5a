import {
	connect,
	cut,
	endQuietly,
	identifier,
	type Session,
	sqlState,
} from "../adapters/postgres.ts";
import { addressOf } from "../adapters/postgresTools.ts";
import { isLockTrouble } from "../adapters/tableLocks.ts";
import { RefusedError, reasonOf } from "../errors.ts";
import { namingLockHolders } from "./locked.ts";
import type { DatabaseFacts } from "./manifest.ts";

/** A moment of the database, held open so that other programs can read the very same. */
export interface HeldSnapshot {
	/** What `pg_dump --snapshot` takes. */
	readonly id: string;
	readonly facts: Omit<DatabaseFacts, "method" | "tables">;
	/** Counts the rows of every table, in the snapshot. */
	countRows(
		signal: AbortSignal,
		onTable: (done: number, all: number) => void,
	): Promise<DatabaseFacts["tables"]>;
	release(): Promise<void>;
}

/** Schemas of the server itself. */
export const ownSchemas =
	"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/** Tables with rows of their own, those of extensions apart: a dump leaves these out. */
export const tablesSql = `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${ownSchemas}
	AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
	ORDER BY 1, 2`;

const factsSql = `SELECT current_database() AS name, current_setting('server_version') AS server,
	current_setting('server_version_num')::int / 10000 AS major, pg_database_size(current_database())::text AS bytes,
	pg_encoding_to_char((SELECT encoding FROM pg_database WHERE datname = current_database())) AS encoding,
	CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS position,
	(SELECT rolname FROM pg_roles WHERE oid = 10) AS superuser, clock_timestamp() AS at`;

const rolesSql = `SELECT DISTINCT r.rolname AS name FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
	WHERE d.refclassid = 'pg_authid'::regclass AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
	AND r.rolname !~ '^pg_'
	-- What the role of the server's making owns is not written down there.
	UNION SELECT r.rolname FROM pg_roles r WHERE r.oid = 10 AND EXISTS (
		SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relowner = 10 AND ${ownSchemas}
		UNION ALL SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.proowner = 10 AND ${ownSchemas}
		UNION ALL SELECT FROM pg_namespace n WHERE n.nspowner = 10 AND ${ownSchemas}
		UNION ALL SELECT FROM pg_largeobject_metadata WHERE lomowner = 10)
	ORDER BY 1`;

/**
 * Opens a snapshot of a database and keeps it until it is released, or at most until the signal is aborted: then its
 * session is cut in the middle of whatever it does.
 *
 * @param lockTimeoutMs longest wait for a table that somebody has to themselves.
 */
export async function holdSnapshot(
	database: string,
	lockTimeoutMs: number,
	signal: AbortSignal,
): Promise<HeldSnapshot> {
	signal.throwIfAborted();
	const session = await connect(database, {
		what: "database",
		applicationName: "cutover backup",
	});
	const cutIt = () => cut(session);
	const release = async () => {
		signal.removeEventListener("abort", cutIt);
		await endQuietly(session);
	};
	signal.addEventListener("abort", cutIt, { once: true });
	try {
		signal.throwIfAborted();
		// Nobody may end it for idling: without it the dump has no snapshot.
		await session.query(
			`SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; SET lock_timeout = ${lockTimeoutMs}`,
		);
		await session.query(
			"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL row_security = off",
		);
		const { rows } = await session.query<{ id: string }>(
			"SELECT pg_export_snapshot() AS id",
		);
		const id = rows[0]?.id ?? "";
		return {
			id,
			facts: {
				...(await databaseFacts(session)),
				address: addressOf(database),
			},
			countRows: (calledOff, onTable) =>
				countRows(session, calledOff, onTable).catch(async (error: unknown) => {
					throw error instanceof RefusedError && isLockTrouble(error.cause)
						? await namingLockHolders(error, database)
						: error;
				}),
			release,
		};
	} catch (error) {
		await release();
		signal.throwIfAborted();
		throw error;
	}
}

/** What a backup says about the database it is of. */
export async function databaseFacts(
	session: Session,
): Promise<Omit<DatabaseFacts, "method" | "tables" | "address">> {
	const { rows } = await session.query<{
		name: string;
		server: string;
		major: number;
		bytes: string;
		encoding: string;
		position: string;
		superuser: string | null;
		at: Date;
	}>(factsSql);
	const [facts] = rows;
	if (facts === undefined) throw new Error("the server told nothing of itself");
	const roles = await session.query<{ name: string }>(rolesSql);
	const identifier = await session
		.query<{ id: string }>(
			"SELECT system_identifier::text AS id FROM pg_control_system()",
		)
		// Not everybody may ask.
		.catch(() => undefined);
	const systemIdentifier = identifier?.rows[0]?.id;
	return {
		name: facts.name,
		server: facts.server,
		major: facts.major,
		encoding: facts.encoding,
		bytes: Number(facts.bytes),
		at: facts.at.toISOString(),
		walPosition: facts.position,
		roles: roles.rows.map((row) => row.name),
		...(systemIdentifier !== undefined && { systemIdentifier }),
		...(facts.superuser !== null && { superuser: facts.superuser }),
	};
}

/** The rows of every table, as this session sees them. */
export async function countRows(
	session: Session,
	signal: AbortSignal,
	onTable: (done: number, all: number) => void = () => undefined,
): Promise<DatabaseFacts["tables"]> {
	const { rows: tables } = await session.query<{
		schema: string;
		name: string;
	}>(tablesSql);
	const counted: DatabaseFacts["tables"] = [];
	for (const { schema, name } of tables) {
		signal.throwIfAborted();
		const { rows } = await session
			.query<{ rows: string }>(
				`SELECT count(*)::text AS rows FROM ${identifier(schema)}.${identifier(name)}`,
			)
			.catch((error: unknown) => {
				if (sqlState(error) === undefined) throw error;
				const advice = isLockTrouble(error)
					? ""
					: "; back up with a role that may read everything (pg_read_all_data, BYPASSRLS)";
				throw new RefusedError(
					`the rows of ${schema}.${name} cannot be counted: ${reasonOf(error)}${advice}`,
					{ cause: error },
				);
			});
		counted.push({ schema, name, rows: Number(rows[0]?.rows ?? 0) });
		onTable(counted.length, tables.length);
	}
	return counted;
}
