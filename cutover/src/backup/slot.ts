import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import { bytesText } from "./bytes.ts";

/** How a replication slot stands. */
export interface SlotState {
	readonly exists: boolean;
	/** Somebody receives through it now. */
	readonly isActive: boolean;
	/** `reserved`, `extended`, `unreserved`, `lost`, or nothing. */
	readonly walStatus: string | undefined;
	/** Bytes of the log that the server keeps because of it. */
	readonly lagBytes: number;
	/** What the server keeps at most (bytes); undefined: without limit. */
	readonly limitBytes: number | undefined;
}

const slotSql = `SELECT s.slot_name IS NOT NULL AS "exists", coalesce(s.active, false) AS "isActive", s.wal_status AS "walStatus",
	coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
		s.restart_lsn), 0)::text AS lag, nullif(setting.mb, -1)::text AS "limit"
	FROM (SELECT setting::bigint AS mb FROM pg_settings WHERE name = 'max_slot_wal_keep_size') setting
	LEFT JOIN pg_replication_slots s ON s.slot_name = $1`;

/** Asks the server about a slot. */
export async function slotState(
	session: Session,
	slot: string,
): Promise<SlotState> {
	const { rows } = await session.query<{
		exists: boolean;
		isActive: boolean;
		walStatus: string | null;
		lag: string;
		limit: string | null;
	}>(slotSql, [slot]);
	const [row] = rows;
	return {
		exists: row?.exists ?? false,
		isActive: row?.isActive ?? false,
		walStatus: row?.walStatus ?? undefined,
		lagBytes: Number(row?.lag ?? 0),
		limitBytes:
			row?.limit === null || row?.limit === undefined
				? undefined
				: Number(row.limit) * 1024 * 1024,
	};
}

/** Removes a slot, so that the server keeps nothing for it. */
export async function dropSlot(session: Session, slot: string): Promise<void> {
	await session.query("SELECT pg_drop_replication_slot($1)", [slot]);
}

/** Longest wait until the server notices that a receiver is gone. */
const freeTimeoutMs = 5_000;

/** @throws RefusedError when somebody receives through the slot who is none of ours. */
export async function requireFreeSlot(
	session: Session,
	slot: string,
): Promise<void> {
	const deadline = performance.now() + freeTimeoutMs;
	while ((await slotState(session, slot)).isActive) {
		if (performance.now() > deadline) {
			throw new RefusedError(
				`the slot ${slot} is used by somebody who does not receive into this folder; name another slot with --slot, or the folder that "cutover backup wal" receives into`,
			);
		}
		await sleep(200);
	}
}

/** One line about a slot, for people. */
export function slotText(slot: string, state: SlotState): string {
	if (!state.exists) return `slot ${slot} does not exist`;
	const limit =
		state.limitBytes === undefined
			? "without limit (max_slot_wal_keep_size is -1)"
			: `of at most ${bytesText(state.limitBytes)}`;
	return `slot ${slot} is ${state.isActive ? "in use" : "NOT in use"}, the server keeps ${bytesText(state.lagBytes)} for it, ${limit}${state.walStatus === "lost" ? "; it is lost" : ""}`;
}

/**
 * Makes sure that the slot is there and may be used, and that it cannot fill the server's disk.
 *
 * @throws RefusedError with what to change on the server.
 */
export async function prepareSlot(
	session: Session,
	settings: { readonly slot: string; readonly acceptUnlimitedWal: boolean },
	talk: Talk,
): Promise<SlotState & { readonly isNew: boolean }> {
	const { slot } = settings;
	const state = await slotState(session, slot);
	if (state.walStatus === "lost") {
		throw new RefusedError(
			`the slot ${slot} is lost: the server had to throw away log that was not received yet; run "cutover backup wal-end" and then "cutover backup incremental", which starts a new chain`,
		);
	}
	await requireReplication(session);
	if (state.exists) return { ...state, isNew: false };
	if (state.limitBytes === undefined && !settings.acceptUnlimitedWal) {
		throw new RefusedError(
			"expected a limit on what a slot may keep, got max_slot_wal_keep_size = -1: a receiver that stops would fill the server's disk; run ALTER SYSTEM SET max_slot_wal_keep_size = '20GB' and SELECT pg_reload_conf(), or say --accept-unlimited-wal",
		);
	}
	await session.query("SELECT pg_create_physical_replication_slot($1, true)", [
		slot,
	]);
	talk.say(
		`made the replication slot ${slot}: from now on the server keeps its log until it is received; "cutover backup wal-end" removes it`,
	);
	return { ...state, exists: true, walStatus: "reserved", isNew: true };
}

async function requireReplication(session: Session): Promise<void> {
	const { rows } = await session.query<{
		level: string;
		senders: string;
		may: boolean;
		role: string;
	}>(
		`SELECT current_setting('wal_level') AS level, current_setting('max_wal_senders') AS senders, current_user AS role,
			rolsuper OR rolreplication AS may FROM pg_roles WHERE rolname = current_user`,
	);
	const [row] = rows;
	const wrong = [
		row?.level === "minimal" && "wal_level is minimal (expected replica)",
		Number(row?.senders ?? 0) < 2 &&
			`max_wal_senders is ${row?.senders} (expected 2 or more)`,
		row?.may !== true &&
			`the role ${row?.role} may not replicate (ALTER ROLE ${row?.role} REPLICATION)`,
	].filter((text) => text !== false);
	if (wrong.length === 0) return;
	throw new RefusedError(
		`a base backup with its log is not possible: ${wrong.join("; ")}; a full backup is, and on RDS --rds-instance takes a snapshot`,
	);
}
