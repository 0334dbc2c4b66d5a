import type { Session } from "../adapters/postgres.ts";
import type { Check } from "../outcome.ts";
import { type CapturedTable, lookUpTables, obstacleOf } from "./tables.ts";

/** What the server says about itself, as far as capture depends on it. */
export interface ServerFacts {
	/** As a number, for example 150006. */
	readonly version: number;
	readonly isStandby: boolean;
	readonly walLevel: string;
	readonly maxSlots: number;
	readonly usedSlots: number;
	/** MB; -1 without a limit. */
	readonly maxSlotWalKeepMb: number;
	readonly role: string;
	readonly mayReplicate: boolean;
}

/**
 * Looks whether the source can hand out its changes: changes nothing, needs no rights. A slot of the given name that
 * is there already counts as free.
 */
export async function capturePreflight(
	session: Session,
	tables: readonly CapturedTable[],
	slot?: string,
): Promise<readonly Check[]> {
	const started = performance.now();
	const facts = await readFacts(session, slot);
	const seconds = (performance.now() - started) / 1000;
	const looked = performance.now();
	const obstacles = (await lookUpTables(session, tables))
		.map(obstacleOf)
		.filter((text) => text !== undefined);
	return [
		...judgeServer(facts).map((check) => ({ ...check, seconds })),
		{
			name: "replica identity",
			outcome: obstacles.length === 0 ? "passed" : "failed",
			expected: "each captured table is identified by its one key column",
			actual:
				obstacles.length === 0
					? `${tables.length} of ${tables.length} tables are`
					: `${obstacles.length} of ${tables.length} tables are not`,
			...(obstacles.length === 0 ? {} : { details: obstacles.slice(0, 20) }),
			seconds: (performance.now() - looked) / 1000,
		},
	];
}

/** What the facts come to. */
export function judgeServer(facts: ServerFacts): Omit<Check, "seconds">[] {
	const free = facts.maxSlots - facts.usedSlots;
	const limit = facts.maxSlotWalKeepMb;
	return [
		judge("pgoutput", facts.version >= 130_000, {
			expected: "PostgreSQL 13 or later, which brings the plugin pgoutput",
			actual: `version ${Math.floor(facts.version / 10_000)}`,
			fix: "use cutover convert and cutover final-sync, which need no change capture",
		}),
		judge("primary", !facts.isStandby, {
			expected: "a primary server",
			actual: facts.isStandby ? "a standby" : "a primary",
			fix: "name the primary as --source",
		}),
		judge("wal_level", facts.walLevel === "logical", {
			expected: "wal_level = logical",
			actual: facts.walLevel,
			fix: "run as superuser: ALTER SYSTEM SET wal_level = 'logical'; then restart the server (on RDS: rds.logical_replication = 1 in the parameter group, then reboot)",
		}),
		judge("free replication slots", free > 0, {
			expected: "at least 1 free of max_replication_slots",
			actual: `${facts.usedSlots} of ${facts.maxSlots} in use`,
			fix: `drop a slot nobody needs (SELECT slot_name, active FROM pg_replication_slots), or run as superuser: ALTER SYSTEM SET max_replication_slots = ${facts.maxSlots + 5}; then restart the server`,
		}),
		// How much disk is free cannot be seen by SQL: a limit keeps the source alive whatever happens to the slot.
		limit > 0
			? judge("max_slot_wal_keep_size", true, {
					expected: "a limit on the WAL kept for a slot",
					actual: `${limit} MB`,
					fix: "",
				})
			: {
					name: "max_slot_wal_keep_size",
					outcome: limit < 0 ? "inconclusive" : "failed",
					required: false,
					expected: "a limit on the WAL kept for a slot",
					actual:
						limit < 0
							? "no limit: a slot left behind fills the disk and stops the source"
							: "0: the slot is lost at the next checkpoint",
					details: [
						"to do: look how much disk is free, leave room, then run as superuser: ALTER SYSTEM SET max_slot_wal_keep_size = '20GB'; SELECT pg_reload_conf() (on RDS: in the parameter group)",
					],
				},
		judge("replication role", facts.mayReplicate, {
			expected: `"${facts.role}" may use replication slots`,
			actual: facts.mayReplicate ? "it may" : "it may not",
			fix: `run as superuser: ALTER ROLE "${facts.role}" REPLICATION (on RDS: GRANT rds_replication TO "${facts.role}")`,
		}),
	];
}

function judge(
	name: string,
	isGood: boolean,
	texts: {
		readonly expected: string;
		readonly actual: string;
		readonly fix: string;
	},
): Omit<Check, "seconds"> {
	const { expected, actual, fix } = texts;
	return {
		name,
		outcome: isGood ? "passed" : "failed",
		expected,
		actual,
		...(isGood ? {} : { details: [`to do: ${fix}`] }),
	};
}

async function readFacts(
	session: Session,
	slot: string | undefined,
): Promise<ServerFacts> {
	const { rows } = await session.query<{
		version: number;
		standby: boolean;
		level: string;
		slots: number;
		used: number;
		keep: string | null;
		role: string;
		may: boolean;
	}>(
		`SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby, current_setting('wal_level') AS level,
			current_setting('max_replication_slots')::int AS slots,
			(SELECT count(*)::int FROM pg_replication_slots WHERE slot_name IS DISTINCT FROM $1) AS used,
			(SELECT setting FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS keep,
			current_user::text AS role,
			coalesce((SELECT r.rolsuper OR r.rolreplication FROM pg_roles r WHERE r.rolname = current_user), false)
				OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'rds_replication' AND pg_has_role(r.oid, 'USAGE')) AS may`,
		[slot ?? null],
	);
	const row = rows[0];
	if (row === undefined) throw new Error("the source gave no answer");
	return {
		version: row.version,
		isStandby: row.standby,
		walLevel: row.level,
		maxSlots: row.slots,
		usedSlots: row.used,
		maxSlotWalKeepMb: Number(row.keep ?? -1),
		role: row.role,
		mayReplicate: row.may,
	};
}
