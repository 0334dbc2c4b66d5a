import { listMigrations, migrationsTable } from "../adapters/migrations.ts";
import type { Session } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";
import { sourceTables } from "./entities.ts";

/** Refuses a source that is the target, that lacks tables, or whose times are of another kind. */
export async function requireSource(
	source: Session,
	target: Session,
): Promise<string> {
	const [from, to] = [await placeOf(source), await placeOf(target)];
	if (from === to) {
		throw new RefusedError(
			"source and target are the same database; name two different ones",
		);
	}
	const { rows } = await source.query<{ name: string; zoned: string | null }>(
		`SELECT name, (SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = to_regclass(name) AND atttypid = 'timestamptz'::regtype) AS zoned FROM unnest($1::text[]) name WHERE to_regclass(name) IS NULL OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(name) AND atttypid = 'timestamptz'::regtype)`,
		[sourceTables],
	);
	for (const { name, zoned } of rows) {
		throw new RefusedError(
			zoned === null
				? `the source has no table ${name}; expected ${sourceTables.join(", ")}`
				: `the source's ${name} keeps ${zoned} with a time zone; expected timestamp without time zone`,
		);
	}
	return from;
}

/** Refuses a target whose schema is not up to date. */
export async function requireMigrated(target: Session): Promise<void> {
	const table = `${migrationsTable.schema}.${migrationsTable.name}`;
	const known = await target.query<{ there: boolean }>(
		"SELECT to_regclass($1) IS NOT NULL AS there",
		[table],
	);
	const wanted = await listMigrations();
	const applied =
		known.rows[0]?.there === true
			? (await target.query<{ name: string }>(`SELECT name FROM ${table}`)).rows
			: [];
	const missing = wanted.filter(
		(name) => !applied.some((row) => row.name === name),
	);
	if (missing.length > 0) {
		throw new RefusedError(
			`the target's schema is not up to date (missing: ${missing.join(", ")}); run: cutover schema apply`,
		);
	}
}

/** Which database of which server this is, whatever address it was reached by. */
async function placeOf(session: Session): Promise<string> {
	const name = "SELECT oid FROM pg_database WHERE datname = current_database()";
	try {
		const { rows } = await session.query<{ place: string }>(
			`SELECT system_identifier || '/' || (${name}) AS place FROM pg_control_system()`,
		);
		return rows[0]?.place ?? "";
	} catch {
		// Some services keep the server's identity to themselves: then the address has to do.
		return `${session.host}:${session.port}/${session.database}`;
	}
}

const lockKey = "cutover convert";

/**
 * Takes the lock that keeps two conversions of one target apart; it ends with the session.
 *
 * @throws RefusedError naming the holder.
 */
export async function takeLock(target: Session): Promise<void> {
	// The session of a run that was killed takes a moment to end.
	for (let tries = 0; tries < 20; tries += 1) {
		const { rows } = await target.query<{ got: boolean }>(
			"SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS got",
			[lockKey],
		);
		if (rows[0]?.got === true) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	const { rows } = await target.query<{ holder: string }>(
		"SELECT concat_ws(' ', 'process', a.pid, 'from ' || host(a.client_addr), 'since ' || a.backend_start::timestamptz(0)) AS holder FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended($1, 0)",
		[lockKey],
	);
	throw new RefusedError(
		`another conversion of this target is running (${rows[0]?.holder ?? "its holder has just ended"}); wait for it or end it`,
	);
}
