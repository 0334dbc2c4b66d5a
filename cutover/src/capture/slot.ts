import { type Session, sqlState } from "../adapters/postgres.ts";
import { RefusedError, reasonOf, SlotLostError } from "../errors.ts";
import { compareLsn } from "./lsn.ts";
import { explaining } from "./slotErrors.ts";

/** What the server does with the WAL that a slot still needs. */
export type WalStatus = "reserved" | "extended" | "unreserved" | "lost";

export interface SlotState {
	/** Everything before is taken over. */
	readonly confirmedLsn: string;
	/** The server keeps its WAL from here on. */
	readonly restartLsn: string | undefined;
	readonly walStatus: WalStatus;
	/** WAL written since `confirmedLsn`. */
	readonly lagBytes: number;
	/** WAL kept on the server's disk because of the slot. */
	readonly retainedBytes: number;
	/** WAL that may still be written before the slot is lost; undefined when the server has no limit. */
	readonly safeWalBytes: number | undefined;
	readonly isActive: boolean;
	readonly activePid: number | undefined;
}

const openTransactionsTimeoutMs = 60_000;

/**
 * Makes the logical slot, or finds it: the same slot is made once. The publication must be there before. A snapshot
 * taken after this call, together with the slot's feed, misses nothing.
 *
 * @param timeoutMs Longest wait for transactions that were open before, in any database. Default: 60 s.
 * @throws RefusedError when the name belongs to another database, another plugin or a physical slot; when the role may
 * not; when no slot is free; when transactions that were open before do not end.
 */
export async function createSlot(
	session: Session,
	name: string,
	timeoutMs = openTransactionsTimeoutMs,
): Promise<{ readonly lsn: string; readonly isNew: boolean }> {
	requireName(name);
	const present = await slotState(session, name);
	if (present !== undefined) {
		if (present.walStatus === "lost") throw await lost(session, name);
		return { lsn: present.confirmedLsn, isNew: false };
	}
	return await explaining(session, name, async () => {
		await session.query("BEGIN READ ONLY");
		try {
			await session.query(`SET LOCAL statement_timeout = ${timeoutMs}`);
			const { rows } = await session.query<{ lsn: string }>(
				"SELECT lsn::text AS lsn FROM pg_create_logical_replication_slot($1, 'pgoutput')",
				[name],
			);
			await session.query("COMMIT");
			return { lsn: rows[0]?.lsn ?? "", isNew: true };
		} catch (error) {
			await session.query("ROLLBACK").catch(() => undefined);
			if (sqlState(error) === "57014")
				throw await heldUp(session, name, timeoutMs, error);
			throw error;
		}
	});
}

/**
 * Removes the slot, so that the server gives its WAL free; nothing happens when it is not there.
 *
 * @throws RefusedError when it is another's, or in use.
 */
export async function dropSlot(session: Session, name: string): Promise<void> {
	if ((await slotState(session, name)) === undefined) return;
	await explaining(session, name, async () => {
		try {
			await session.query("SELECT pg_drop_replication_slot($1)", [name]);
		} catch (error) {
			// Another hand was faster: what was wanted is so.
			if (sqlState(error) !== "42704") throw error;
		}
	});
}

/** The slot as the server sees it now; undefined when there is none. */
export async function slotState(
	session: Session,
	name: string,
): Promise<SlotState | undefined> {
	const { rows } = await session.query<{
		foreign: string | null;
		confirmed: string;
		restart: string | null;
		status: WalStatus | null;
		lag: string;
		retained: string | null;
		safe: string | null;
		pid: number | null;
	}>(
		`SELECT CASE WHEN s.slot_type <> 'logical' THEN 'a physical slot'
				WHEN s.plugin <> 'pgoutput' THEN 'a slot of the plugin ' || s.plugin
				WHEN s.database <> current_database() THEN 'a slot of the database "' || s.database || '"'
				WHEN s.temporary THEN 'a temporary slot of process ' || s.active_pid
				WHEN coalesce((to_jsonb(s) ->> 'two_phase')::boolean, false) THEN 'a slot for two-phase commits' END AS foreign,
			s.confirmed_flush_lsn::text AS confirmed, s.restart_lsn::text AS restart, s.wal_status AS status,
			pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::text AS lag,
			pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::text AS retained,
			s.safe_wal_size::text AS safe, s.active_pid AS pid
		FROM pg_replication_slots s WHERE s.slot_name = $1`,
		[name],
	);
	const row = rows[0];
	if (row === undefined) return undefined;
	if (row.foreign !== null) {
		throw new RefusedError(
			`the replication slot "${name}" is ${row.foreign}, not one of this database for pgoutput; choose another name, or drop it if nobody needs it: SELECT pg_drop_replication_slot('${name}')`,
		);
	}
	return {
		confirmedLsn: row.confirmed,
		restartLsn: row.restart ?? undefined,
		walStatus: row.status ?? "lost",
		lagBytes: Math.max(0, Number(row.lag)),
		retainedBytes: Math.max(0, Number(row.retained ?? 0)),
		safeWalBytes: row.safe === null ? undefined : Number(row.safe),
		isActive: row.pid !== null,
		activePid: row.pid ?? undefined,
	};
}

/** The slot as it is, when its feed can still be read. @throws SlotLostError when it is gone or lost. */
export async function requireSlot(
	session: Session,
	name: string,
): Promise<SlotState> {
	const state = await slotState(session, name);
	if (state === undefined) {
		throw new SlotLostError(name, "it does not exist (dropped, or a failover)");
	}
	if (state.walStatus === "lost") throw await lost(session, name);
	return state;
}

/**
 * Tells the server that everything before `lsn` is taken over. A position that is taken over already changes nothing,
 * so the call may be repeated. Answers where the slot stands now.
 * After a crash of the server the slot may stand where it was at its last checkpoint: the same keys come again.
 */
export async function advanceSlot(
	session: Session,
	name: string,
	lsn: string,
): Promise<string> {
	return await explaining(session, name, async () => {
		const state = await requireSlot(session, name);
		if (compareLsn(lsn, state.confirmedLsn) <= 0) return state.confirmedLsn;
		const { rows } = await session.query<{ lsn: string }>(
			"SELECT end_lsn::text AS lsn FROM pg_replication_slot_advance($1, $2::pg_lsn)",
			[name, lsn],
		);
		return rows[0]?.lsn ?? state.confirmedLsn;
	});
}

/** Names that the server takes; checked here since the message goes on to say what to do. */
function requireName(name: string): void {
	if (!/^[a-z0-9_]{1,63}$/.test(name)) {
		throw new RefusedError(
			`expected a slot name of at most 63 lower-case letters, digits and underscores, got ${JSON.stringify(name)}; choose another`,
		);
	}
}

async function lost(session: Session, name: string): Promise<SlotLostError> {
	const { rows } = await session.query<{
		limit: string;
		reason: string | null;
	}>(
		"SELECT current_setting('max_slot_wal_keep_size') AS limit, (SELECT to_jsonb(s) ->> 'invalidation_reason' FROM pg_replication_slots s WHERE s.slot_name = $1) AS reason",
		[name],
	);
	const { limit = "?", reason } = rows[0] ?? {};
	return new SlotLostError(
		name,
		reason === undefined || reason === null || reason === "wal_removed"
			? `the server removed WAL that it needs (max_slot_wal_keep_size is ${limit})`
			: `the server invalidated it (${reason})`,
	);
}

async function heldUp(
	session: Session,
	name: string,
	timeoutMs: number,
	cause: unknown,
): Promise<RefusedError> {
	const { rows } = await session.query<{ holder: string }>(
		`SELECT concat_ws(' ', 'process', pid, 'of ' || usename, 'in ' || datname, 'since ' || xact_start::timestamptz(0)) AS holder, xact_start FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
		UNION ALL SELECT concat_ws(' ', 'prepared transaction', quote_literal(gid), 'of ' || owner, 'in ' || database, 'since ' || prepared::timestamptz(0)), prepared FROM pg_prepared_xacts
		ORDER BY 2 NULLS LAST LIMIT 5`,
	);
	return new RefusedError(
		`the replication slot "${name}" could not be made within ${timeoutMs / 1000} s: it waits for transactions that were open before (${rows.map(({ holder }) => holder).join("; ") || reasonOf(cause)}); let them end, then run this again`,
		{ cause },
	);
}
