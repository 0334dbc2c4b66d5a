import { setTimeout as sleep } from "node:timers/promises";
import { identifier, type Session, sqlState } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";

/** What the source looks like from the fence's side. */
export interface FenceState {
	readonly isUp: boolean;
	/** Sessions of the application that are connected now. */
	readonly sessions: number;
}

/** Longest wait for the application's sessions to end. */
const endTimeoutMs = 10_000;

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

/**
 * Makes every session of the application read only: the role's default is set, its sessions are ended, and the call
 * returns when none from before is left. Ending them aborts what they were writing.
 */
export async function raiseFence(
	source: Session,
	appRole: string,
): Promise<void> {
	await setDefault(source, appRole, "SET default_transaction_read_only = on");
	await endSessions(source, appRole);
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

/** Lets the application write again; sessions opened behind the fence are ended, so that pools open new ones. */
export async function lowerFence(
	source: Session,
	appRole: string,
): Promise<void> {
	await setDefault(source, appRole, "RESET default_transaction_read_only");
	await endSessions(source, appRole);
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
		await source.query(
			`ALTER ROLE ${identifier(appRole)} IN DATABASE ${database} ${what}`,
		);
		await source.query("COMMIT");
	} catch (error) {
		await source.query("ROLLBACK").catch(() => undefined);
		if (sqlState(error) === undefined) throw error;
		throw new RefusedError(
			`the fence cannot be changed: ${error instanceof Error ? error.message : String(error)}; the source's login needs CREATEROLE and pg_signal_backend`,
			{ cause: error },
		);
	}
}

async function endSessions(source: Session, appRole: string): Promise<void> {
	await endPresent(source, appRole);
	// A session that was just starting may have read the old default and only show up now. (When a session began is
	// not for every login to see, so the second round may end sessions that are behind the fence; they come back.)
	await sleep(startupMs);
	await endPresent(source, appRole);
}

/** Longest time from reading the role's settings until a session can be seen, with room to spare. */
const startupMs = 50;

async function endPresent(source: Session, appRole: string): Promise<void> {
	const { rows } = await source.query<{ pid: number }>(
		"SELECT pid FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()",
		[appRole],
	);
	const ended = rows.map((row) => row.pid);
	for (const pid of ended) await endSession(source, pid);
	const deadline = performance.now() + endTimeoutMs;
	for (;;) {
		const left = await source.query(
			"SELECT FROM pg_stat_activity WHERE usename = $1 AND pid = ANY($2::int[])",
			[appRole, ended],
		);
		if (left.rowCount === 0) return;
		if (performance.now() > deadline) {
			throw new RefusedError(
				`${left.rowCount} sessions of "${appRole}" did not end within ${endTimeoutMs / 1000} s`,
			);
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
