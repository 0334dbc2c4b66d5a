import { setTimeout as sleep } from "node:timers/promises";
import {
	identifier,
	literal,
	type Session,
	sqlState,
} from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";

/** What the source looks like from the fence's side. */
export interface FenceState {
	readonly isUp: boolean;
	/** Sessions of the application that are connected now. */
	readonly sessions: number;
}

/** Longest wait for the application's sessions to end. */
const endTimeoutMs = 10_000;

/** Longest wait for whoever changes the role's settings too. */
const lockTimeoutMs = 5_000;

/** Whether new sessions of the application's role begin read only. */
export async function fenceState(
	source: Session,
	appRole: string,
): Promise<FenceState> {
	const { rows } = await source.query<{
		known: boolean;
		up: boolean;
		sessions: string;
	}>(
		`SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS known,
			EXISTS (SELECT FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole JOIN pg_database d ON d.oid = s.setdatabase WHERE r.rolname = $1 AND d.datname = current_database() AND 'default_transaction_read_only=on' = ANY(s.setconfig)) AS up,
			(SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()) AS sessions`,
		[appRole],
	);
	const row = rows[0];
	if (row?.known !== true) {
		throw new RefusedError(
			`the source has no role "${appRole}"; name the application's role with --app-role`,
		);
	}
	return { isUp: row.up, sessions: Number(row.sessions) };
}

/** Refuses, before anything is changed, a fence that could not be raised or would not hold. */
export async function requireFence(
	source: Session,
	appRole: string,
): Promise<void> {
	await fenceState(source, appRole);
	const { rows } = await source.query<{ ends: boolean; login: string }>(
		`SELECT current_user AS login, EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper)
			OR NOT (SELECT rolsuper FROM pg_roles WHERE rolname = $1)
				AND EXISTS (SELECT FROM pg_roles WHERE rolname IN ('pg_signal_backend', $1) AND pg_has_role(oid, 'USAGE')) AS ends`,
		[appRole],
	);
	const [row] = rows;
	if (row?.ends !== true) {
		throw new RefusedError(
			`"${row?.login}" may not end the sessions of "${appRole}" on the source, so they would go on writing behind the fence; run there: GRANT pg_signal_backend TO ${identifier(row?.login ?? "")} (a superuser's sessions only a superuser may end: let the application use another role)`,
		);
	}
	await requireNothingPrepared(source, appRole);
}

/**
 * Makes every session of the application read only: the role's default is set, its sessions are ended, and the call
 * returns when none from before is left. Ending them aborts what they were writing.
 */
export async function raiseFence(
	source: Session,
	appRole: string,
): Promise<void> {
	await setDefault(source, appRole, "SET default_transaction_read_only = on");
	const left = await endSessions(source, appRole);
	if (left !== undefined) throw new RefusedError(left);
	await requireNothingPrepared(source, appRole);
}

/**
 * Lets the application write again; sessions opened behind the fence are ended, so that pools open new ones. Answers what
 * sessions could not be ended, in words: they stay read only until they end by themselves.
 */
export async function lowerFence(
	source: Session,
	appRole: string,
): Promise<string | undefined> {
	await setDefault(source, appRole, lowering);
	return await endSessions(source, appRole);
}

const lowering = "RESET default_transaction_read_only";

/** What lets the application write again, for somebody who has to do it by hand. */
export const loweringSql = (appRole: string, database: string): string =>
	`ALTER ROLE ${identifier(appRole)} IN DATABASE ${identifier(database)} ${lowering}; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${literal(appRole)} AND datname = ${literal(database)}`;

async function requireNothingPrepared(
	source: Session,
	appRole: string,
): Promise<void> {
	const prepared = await source.query(
		"SELECT FROM pg_prepared_xacts WHERE owner = $1 AND database = current_database()",
		[appRole],
	);
	if (prepared.rowCount !== 0) {
		throw new RefusedError(
			`${prepared.rowCount} prepared transactions of "${appRole}" are open on the source; commit or roll them back first`,
		);
	}
}

async function setDefault(
	source: Session,
	appRole: string,
	what: string,
): Promise<void> {
	const { rows } = await source.query<{ name: string }>(
		"SELECT current_database() AS name",
	);
	const database = identifier(rows[0]?.name ?? "");
	await source.query("BEGIN READ WRITE");
	try {
		await source.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
		await source.query(
			`ALTER ROLE ${identifier(appRole)} IN DATABASE ${database} ${what}`,
		);
		await source.query("COMMIT");
	} catch (error) {
		await source.query("ROLLBACK").catch(() => undefined);
		const state = sqlState(error);
		if (state === undefined) throw error;
		if (state === "55P03") {
			throw new RefusedError(
				`the fence cannot be changed: another transaction changes the settings of "${appRole}" and did not end within ${lockTimeoutMs / 1000} s; end it, then run this again`,
				{ cause: error },
			);
		}
		throw new RefusedError(
			`the fence cannot be changed: ${error instanceof Error ? error.message : String(error)}; the source's login needs CREATEROLE and pg_signal_backend`,
			{ cause: error },
		);
	}
}

/** Answers which sessions did not end, in words. */
async function endSessions(
	source: Session,
	appRole: string,
): Promise<string | undefined> {
	const left = await endPresent(source, appRole);
	if (left !== undefined) return left;
	// A session that was just starting may have read the old default and only show up now. (When a session began is
	// not for every login to see, so the second round may end sessions that are behind the fence; they come back.)
	await sleep(startupMs);
	return await endPresent(source, appRole);
}

/** Longest time from reading the role's settings until a session can be seen, with room to spare. */
const startupMs = 50;

async function endPresent(
	source: Session,
	appRole: string,
): Promise<string | undefined> {
	const { rows } = await source.query<{ pid: number }>(
		"SELECT pid FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()",
		[appRole],
	);
	const ended = rows.map((row) => row.pid);
	for (const pid of ended) await endSession(source, pid);
	const deadline = performance.now() + endTimeoutMs;
	for (;;) {
		const left = await source.query<{ session: string }>(
			"SELECT concat_ws(' ', 'process', pid, state, 'waiting for ' || wait_event) AS session FROM pg_stat_activity WHERE usename = $1 AND pid = ANY($2::int[])",
			[appRole, ended],
		);
		if (left.rows.length === 0) return undefined;
		if (performance.now() > deadline) {
			const which = left.rows.slice(0, 3).map(({ session }) => session);
			return `${left.rows.length} sessions of "${appRole}" did not end within ${endTimeoutMs / 1000} s (${which.join("; ")})`;
		}
		await sleep(10);
	}
}

/** A session that ends by itself at this moment belongs to no role any more, and only a superuser may signal it. */
async function endSession(source: Session, pid: number): Promise<void> {
	try {
		await source.query("SELECT pg_terminate_backend($1)", [pid]);
	} catch (error) {
		if (sqlState(error) !== "42501") throw error;
	}
}
