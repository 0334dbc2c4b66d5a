import { type Inventory, type SequenceFacts, sampleSize } from "../facts.ts";
import { plural } from "../text.ts";
import { type Risk, riskOf } from "./risk.ts";

/** What the server is set to, and what others do with it. */
export function serverRisks(inventory: Inventory): readonly Risk[] {
	return [
		...version(inventory),
		...replication(inventory),
		...encoding(inventory),
		...sequences(inventory.sequences),
		...roles(inventory),
	];
}

/** The oldest server whose snapshots the conversion understands. */
const oldestVersion = 130_000;

function version({ server }: Inventory): readonly Risk[] {
	if (server.versionNumber === 0 || server.versionNumber >= oldestVersion) {
		return [];
	}
	return riskOf([server.version], {
		id: "server-version",
		severity: "blocker",
		what: `PostgreSQL ${server.version} is older than 13`,
		todo: "upgrade the source, or restore a copy of it on a newer server and migrate from there",
	});
}

function replication(inventory: Inventory): readonly Risk[] {
	const { settings, usedReplicationSlots, usedWalSenders } = inventory.server;
	const level = settings.wal_level;
	const slots = freeOf(settings.max_replication_slots, usedReplicationSlots);
	const senders = freeOf(settings.max_wal_senders, usedWalSenders);
	const idle = inventory.replicationSlots.filter((slot) => !slot.isActive);
	const others = [
		...inventory.publications.map((name) => `publication ${name}`),
		...inventory.subscriptions.map((name) => `subscription ${name}`),
	];
	return [
		...riskOf(level === undefined || level === "logical" ? [] : [level], {
			id: "wal-level",
			severity: "warning",
			what: `wal_level is ${level}, not logical: changes cannot be followed through a replication slot`,
			todo: "set wal_level = logical and plan a restart of the source before the cutover (on RDS: rds.logical_replication = 1)",
		}),
		...riskOf(
			slots !== undefined && slots < 1
				? [usedText(settings.max_replication_slots)]
				: [],
			{
				id: "no-free-slot",
				severity: "warning",
				what: "no replication slot is free",
				todo: "raise max_replication_slots (restart), or drop slots that nobody uses",
			},
		),
		...riskOf(
			senders !== undefined && senders < 1
				? [usedText(settings.max_wal_senders)]
				: [],
			{
				id: "no-free-wal-sender",
				severity: "warning",
				what: "no WAL sender is free",
				todo: "raise max_wal_senders (restart), or end standbys that nobody uses",
			},
		),
		...riskOf(settings.max_slot_wal_keep_size?.startsWith("-1") ? ["-1"] : [], {
			id: "slot-wal-unlimited",
			severity: "warning",
			what: "max_slot_wal_keep_size has no limit: a slot that nobody reads fills the source's disk",
			todo: "set max_slot_wal_keep_size to what the disk can spare (reload), and watch the slot's lag",
		}),
		...riskOf(
			idle.map((slot) => `${slot.name} (${slot.kind})`),
			{
				id: "idle-slots",
				severity: "warning",
				what: `${plural(idle.length, "replication slot")} that nobody reads: ${idle.length === 1 ? "it keeps" : "they keep"} WAL on the disk`,
				todo: "ask who made them; SELECT pg_drop_replication_slot(...) when nobody needs them",
			},
		),
		...riskOf(others, {
			id: "replication-in-place",
			severity: "warning",
			what: `the database takes part in ${plural(others.length, "logical replication")} already`,
			todo: "find out who reads from or writes to it: these systems have to move, or to be pointed at the target",
		}),
	];
}

/** How many are left, or undefined when it could not be read. */
function freeOf(
	limit: string | undefined,
	used: number | null,
): number | undefined {
	return limit === undefined || used === null
		? undefined
		: Number(limit) - used;
}

function usedText(limit: string | undefined): string {
	return `all ${limit} in use`;
}

/** Collations that every target has. */
const commonCollations = /^(C|POSIX|C\.utf-?8|en_US\.utf-?8)$/i;

function encoding(inventory: Inventory): readonly Risk[] {
	const { server, tables } = inventory;
	const zone = server.settings.TimeZone;
	const columns = tables.flatMap((table) =>
		table.columns
			.filter(
				({ collation }) => collation !== null && !/^(C|POSIX)$/.test(collation),
			)
			.map(({ name, collation }) => `${table.name}.${name}: ${collation}`),
	);
	const isUnchecked = server.encoding === "SQL_ASCII";
	return [
		...riskOf(
			server.encoding === "UTF8" || server.encoding === "unknown"
				? []
				: [server.encoding],
			{
				id: "encoding",
				severity: isUnchecked ? "blocker" : "warning",
				what: `the database is stored as ${server.encoding}, the target as UTF8`,
				todo: isUnchecked
					? "SQL_ASCII checks nothing: find out what the bytes are, and dump and restore the source as UTF8 first"
					: "texts are converted on the way; look for characters that have no counterpart, and rehearse with real rows",
			},
		),
		...riskOf(
			[
				...(commonCollations.test(server.collation) ||
				server.collation === "unknown"
					? []
					: [`database: ${server.collation}`]),
				...columns,
			],
			{
				id: "collation",
				severity: "note",
				what: "texts are sorted by rules that the target may not have",
				todo: "see that the target knows the collation (pg_collation); where it does not, sorted lists and unique texts behave differently",
			},
		),
		...riskOf(server.isCollationStale ? [server.collation] : [], {
			id: "collation-version",
			severity: "warning",
			what: "the collation library changed since the database was made: indexes on texts may be wrong",
			todo: "REINDEX the indexes on texts, then ALTER DATABASE ... REFRESH COLLATION VERSION; unique indexes may hide duplicates until then",
		}),
		...riskOf(
			zone === undefined || /^(UTC|Etc\/UTC|GMT|Etc\/GMT|Zulu)$/i.test(zone)
				? []
				: [zone],
			{
				id: "time-zone",
				severity: "warning",
				what: `the server's time zone is ${zone}: times without zone were probably written in it`,
				todo: `find out in which zone the application writes, and give it to the conversion (--time-zone ${zone})`,
			},
		),
	];
}

/** A sequence this full is near its end. */
const fullShare = 0.8;

function sequences(all: readonly SequenceFacts[]): readonly Risk[] {
	const full = all.filter(
		({ last, limit }) =>
			last !== null && Number(last) / Number(limit) >= fullShare,
	);
	const behind = all.filter(
		({ last, highest, increment }) =>
			highest !== null &&
			!increment.startsWith("-") &&
			BigInt(highest) > BigInt(last ?? 0),
	);
	return [
		...riskOf(
			full.map(({ name, last, limit }) => `${name}: ${last} of ${limit}`),
			{
				id: "sequences-near-end",
				severity: "warning",
				what: `${plural(full.length, "sequence")} at ${fullShare * 100} % of the last value or beyond`,
				todo: "the target's ids are bigint; until the cutover watch that the source does not run out",
			},
		),
		...riskOf(
			behind.map(
				({ name, last, highest, ownedBy }) =>
					`${name}: at ${last ?? "its start"}, but ${ownedBy} goes up to ${highest}`,
			),
			{
				id: "sequences-behind",
				severity: "warning",
				what: `${plural(behind.length, "sequence")} behind the ids in use: the next inserts fail`,
				todo: "SELECT setval(...) to the highest id on the source",
			},
		),
	];
}

function roles({ roles: all }: Inventory): readonly Risk[] {
	const mighty = all.filter(
		(role) => role.canLogin && role.isSuperuser && role.name !== "postgres",
	);
	return riskOf(mighty.map(({ name }) => name).slice(0, sampleSize), {
		id: "superusers",
		severity: "note",
		what: `${plural(mighty.length, "superuser")} besides postgres can sign in`,
		todo: "RDS has no superusers: find out what they are needed for, and grant just that on the target",
	});
}
