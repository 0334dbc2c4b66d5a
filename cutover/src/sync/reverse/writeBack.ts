import { setTimeout as sleep } from "node:timers/promises";
import { type Session, sqlState } from "../../adapters/postgres.ts";
import { withPatience } from "../../adapters/tableLocks.ts";
import { userUuid } from "../../conversion/identity.ts";
import { sourceTables, type TableMapping } from "../../conversion/mapping.ts";
import { quoteName, quoteTable } from "../../conversion/sqlNames.ts";
import { prepareArriving } from "../../convert/arriving.ts";
import type { ConversionRules } from "../../convert/entities.ts";
import { idsOf } from "../../convert/ids.ts";
import { presentIds } from "../../convert/lookUps.ts";
import { type Told, waitForSource } from "../../convert/tableWaits.ts";
import type { Dirty } from "./dirty.ts";
import { giveLegacyIds, legacyIds } from "./identities.ts";
import {
	isEmpty,
	type RowChange,
	tableChange,
	type UserValues,
	userChange,
	type Values,
} from "./inverse.ts";
import { convertedTable, convertedUsers, legacyOwners } from "./rows.ts";
import { readTarget, type TargetSide } from "./targetSide.ts";
import {
	type LegacyTable,
	type RowWrite,
	removeRows,
	writeRows,
} from "./write.ts";

/** What one round wrote to the legacy tables. */
export interface WrittenBack {
	readonly changedRows: number;
	readonly writtenRows: number;
	/** Users that are gone on the target: their pairs may be forgotten once this is committed. */
	readonly goneUsers: readonly string[];
}

/**
 * Writes what changed on the target back to the legacy tables. Each row is compared with what the legacy row converts
 * to, and only the fields that differ are written, so that repeating it changes nothing. Rows that somebody else holds, or
 * changed meanwhile, make it let go of everything and do it all again a moment later.
 *
 * @throws RefusedError naming who holds the legacy rows when they are never let go.
 */
export async function writeBack(
	source: Session,
	target: Session,
	rules: ConversionRules,
	dirty: Dirty,
	told: Told,
): Promise<WrittenBack> {
	await prepareArriving(target, rules.mapping);
	const wait = waitForSource(rules.mapping, told);
	return await withPatience(source, wait, () =>
		outlasting(told.signal, () => writeOnce(source, target, rules, dirty)),
	);
}

/** How often rows that others change at the same time are read anew, and the pause before. */
const conflictTries = 5;
const conflictPauseMs = 200;

/** Repeats work whose moment is over, since somebody else has changed a row of it (serialization failure). */
async function outlasting<T>(
	signal: AbortSignal,
	work: () => Promise<T>,
): Promise<T> {
	for (let tried = 1; ; tried += 1) {
		try {
			return await work();
		} catch (error) {
			if (sqlState(error) !== "40001" || tried >= conflictTries) throw error;
			await sleep(conflictPauseMs, undefined, { signal });
		}
	}
}

async function writeOnce(
	source: Session,
	target: Session,
	rules: ConversionRules,
	dirty: Dirty,
): Promise<WrittenBack> {
	const { mapping } = rules;
	const side = await readTarget(source, target, rules, dirty);
	const ids = await idsForAll(source, target, rules, side, dirty);
	const known = [...dirty.users].filter((uuid) => ids.has(uuid));
	const goneUsers = known.filter((uuid) => !side.users.has(uuid));
	await source.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE");
	try {
		// Before rows are on their way from one server to the other: a COPY that fails leaves neither session to go on with.
		await source.query(
			`LOCK TABLE ${sourceTables(mapping).map(quoteTable).join(", ")} IN ACCESS SHARE MODE`,
		);
		let written = await writeUsers(source, target, rules, side.users, ids);
		for (const table of mapping.tables) {
			const rows = side.tables.get(table.source) ?? new Map();
			written += await writeTable(source, target, rules, table, rows, ids);
		}
		for (const table of mapping.tables.toReversed()) {
			const rows = side.tables.get(table.source) ?? new Map();
			const gone = [...idsOf(dirty.rows, table.source)].filter(
				(id) => !rows.has(String(id)),
			);
			written += await removeWithOwned(
				source,
				rules,
				table.source,
				table.id,
				gone,
			);
		}
		written += await removeWithOwned(
			source,
			rules,
			mapping.users.source,
			mapping.users.id,
			goneUsers.flatMap((uuid) => ids.get(uuid) ?? []),
		);
		await source.query("COMMIT");
		const changedRows =
			dirty.users.size +
			[...dirty.rows.values()].reduce((sum, one) => sum + one.size, 0);
		return { changedRows, writtenRows: written, goneUsers };
	} catch (error) {
		await source.query("ROLLBACK").catch(() => undefined);
		throw error;
	}
}

/** Legacy ids of all users of the round; those born on the target get one now. */
async function idsForAll(
	source: Session,
	target: Session,
	rules: ConversionRules,
	side: TargetSide,
	dirty: Dirty,
): Promise<ReadonlyMap<string, number>> {
	const uuids = new Set([...side.users.keys(), ...dirty.users]);
	const ids = await legacyIds(target, uuids);
	const born = [...side.users.keys()].filter((uuid) => !ids.has(uuid));
	const given = await giveLegacyIds(source, target, born, rules);
	return new Map([...ids, ...given]);
}

async function writeUsers(
	source: Session,
	target: Session,
	rules: ConversionRules,
	after: ReadonlyMap<string, UserValues>,
	ids: ReadonlyMap<string, number>,
): Promise<number> {
	const { users } = rules.mapping;
	const wanted = [...after.keys()].flatMap((uuid) => ids.get(uuid) ?? []);
	const present = await presentIds(source, users.source, wanted, rules);
	const before = await convertedById(source, target, rules, present);
	const writes = [...after].flatMap(([uuid, values]): RowWrite[] => {
		const id = ids.get(uuid);
		if (id === undefined) return [];
		const isThere = present.has(id);
		const change = userChange(users, before.get(id), values);
		return isThere && isEmpty(change) ? [] : [{ id, isThere, change }];
	});
	await parkAddresses(source, rules, writes);
	return await writeRows(source, legacyUsers(rules), writes);
}

/** What legacy users convert to, by legacy id: the computed UUID of one who was born on the target is not its own. */
async function convertedById(
	source: Session,
	target: Session,
	rules: ConversionRules,
	ids: ReadonlySet<number>,
): Promise<ReadonlyMap<number, UserValues>> {
	const all = new Map<number, UserValues>();
	if (ids.size === 0) return all;
	const converted = await convertedUsers(source, target, ids, rules);
	for (const id of ids) {
		const values = converted.get(userUuid(id, rules.namespace));
		if (values !== undefined) all.set(id, values);
	}
	return all;
}

/** Two users who swapped addresses would collide in a legacy table that keeps them apart. */
async function parkAddresses(
	source: Session,
	{ mapping }: ConversionRules,
	writes: readonly RowWrite[],
): Promise<void> {
	const { email } = mapping.users;
	const moving = writes
		.filter(
			({ isThere, change }) =>
				isThere && change.assignments.some(({ column }) => column === email),
		)
		.map(({ id }) => id);
	if (moving.length < 2) return;
	const change = (id: number): RowChange => ({
		assignments: [{ column: email, form: "plain", value: `moving:${id}` }],
	});
	await writeRows(
		source,
		{ name: mapping.users.source, id: mapping.users.id, timeZone: "UTC" },
		moving.map((id) => ({ id, isThere: true, change: change(id) })),
	);
}

async function writeTable(
	source: Session,
	target: Session,
	rules: ConversionRules,
	table: TableMapping,
	after: ReadonlyMap<string, Values>,
	users: ReadonlyMap<string, number>,
): Promise<number> {
	const ids = [...after.keys()].map(Number);
	if (ids.length === 0) return 0;
	const before = await convertedTable(source, target, table, ids, rules);
	const owners = await legacyOwners(source, table, ids, rules);
	const belongsToUser = table.owner.of === rules.mapping.users.source;
	const writes = [...after].flatMap(([key, values]): RowWrite[] => {
		const id = Number(key);
		const isThere = owners.has(id);
		const named = values[table.owner.to] ?? "";
		const owner = belongsToUser ? String(users.get(named) ?? "") : named;
		const change = tableChange(table, before.get(key), values);
		const isMoved = !isThere || owners.get(id) !== owner;
		const whole: RowChange = isMoved
			? {
					assignments: [
						{ column: table.owner.from, form: "plain", value: owner },
						...change.assignments,
					],
				}
			: change;
		return isThere && isEmpty(whole) ? [] : [{ id, isThere, change: whole }];
	});
	const { timeZone } = rules;
	return await writeRows(
		source,
		{ name: table.source, id: table.id, timeZone },
		writes,
	);
}

/**
 * Removes legacy rows with all they own. What they own on the legacy side only stayed there in quarantine, which keeps it
 * whole; a user who is gone must not come back with a rollback.
 */
async function removeWithOwned(
	source: Session,
	rules: ConversionRules,
	table: string,
	id: string,
	ids: readonly number[],
): Promise<number> {
	if (ids.length === 0) return 0;
	let removed = 0;
	for (const owned of rules.mapping.tables) {
		if (owned.owner.of !== table) continue;
		const { rows } = await source.query<{ id: string }>(
			`SELECT ${quoteName(owned.id)} AS id FROM ${quoteTable(owned.source)} WHERE ${quoteName(owned.owner.from)} = ANY($1::bigint[])`,
			[ids],
		);
		const below = rows.map((row) => Number(row.id));
		removed += await removeWithOwned(
			source,
			rules,
			owned.source,
			owned.id,
			below,
		);
	}
	return removed + (await removeRows(source, table, id, ids));
}

function legacyUsers({ mapping, timeZone }: ConversionRules): LegacyTable {
	const { source, id, settings } = mapping.users;
	return { name: source, id, timeZone, settings };
}
