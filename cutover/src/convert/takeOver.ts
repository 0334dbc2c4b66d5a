import type { Session } from "../adapters/postgres.ts";
import { normalizeEmailSql } from "../conversion/email.ts";
import { sourceTables } from "../conversion/mapping.ts";
import { quoteText } from "../conversion/sqlNames.ts";
import { applyChanges, type Decision } from "./apply.ts";
import { countChanges, decide } from "./decide.ts";
import type { ConversionRules } from "./entities.ts";
import { hasId, type Ids, idsOf } from "./ids.ts";
import { add, bornElsewhere, found, judgeRows } from "./judge.ts";
import { duplicatesSql, ownerReasonsSql } from "./reasons.ts";
import { sourceRows, tableOf } from "./sourceRows.ts";
import {
	bornIds,
	type Conversion,
	migratedIdsSql,
	readBornEmails,
} from "./state.ts";

export interface TakeOver {
	readonly conversion: Conversion;
	/** Rows that were written on the source, came or went. */
	readonly changed: Ids;
	/** Rows in quarantine to look at again for a reason outside the source's tables. */
	readonly doubtful?: Ids;
	readonly filesSource?: string | undefined;
	/** Statements that move the position, run in the same transaction as the rows are written. */
	readonly movePosition: () => Promise<unknown>;
	/** Makes no transaction when there is nothing to write, not even for the position. Default: false. */
	readonly skipsIdle?: boolean;
}

/**
 * Takes changed rows over: each is read again through the same conversion, and judged anew together with whatever
 * depends on it (who shares its address, what it owns). The work grows with the number of changed rows, not with the tables.
 * The source session looks at one moment; answers the number of rows written, the quarantine included.
 */
export async function takeOver(
	source: Session,
	target: Session,
	request: TakeOver,
): Promise<number> {
	const { rules } = request.conversion;
	const decisions = new Map<string, Decision>();
	for (const table of sourceTables(rules.mapping)) {
		decisions.set(
			table,
			await decideTable(source, target, table, decisions, request),
		);
	}
	const isIdle = [...decisions.values()].every(
		({ changes }) => countChanges(changes) === 0,
	);
	if (isIdle && request.skipsIdle === true) return 0;
	return await applyChanges(source, target, {
		rules,
		decisions,
		movePosition: request.movePosition,
	});
}

async function decideTable(
	source: Session,
	target: Session,
	table: string,
	owners: ReadonlyMap<string, Decision>,
	request: TakeOver,
): Promise<Decision> {
	const { rules, born } = request.conversion;
	const changed = idsOf(request.changed, table);
	const given = union(changed, idsOf(request.doubtful ?? new Map(), table));
	const isUsers = table === rules.mapping.users.source;
	const others = isUsers
		? await sharers(source, target, given, rules)
		: await ownedByMoved(source, table, owners, rules);
	const looked = union(given, others);
	if (looked.size === 0) return nothing;
	const [present, migrated, known] = [
		await presentIds(source, table, looked, rules),
		await migratedIds(target, table, looked, request.conversion),
		await keptIds(target, table, looked),
	];
	const judged = await judgeRows(
		table,
		source,
		{
			rules,
			bornEmails: [],
			bornIds: bornIds(born),
			filesSource: request.filesSource,
		},
		hasId("t.id", looked),
	);
	if (!isUsers && request.filesSource === undefined) {
		// Without the folder nobody can say whether missing bytes are there now: what was found stays.
		for (const [id, reason] of known)
			if (reason.startsWith("bytes ") && present.has(id) && !judged.has(id))
				judged.set(id, reason);
	}
	if (isUsers) await judgeSharing(source, target, judged, looked, rules);
	else await judgeOwners(source, target, table, judged, looked, owners, rules);
	const early = isUsers
		? new Set<number>()
		: await earlyRows(
				source,
				target,
				table,
				looked,
				owners,
				request.conversion,
			);
	for (const id of early) if (!judged.has(id)) present.delete(id);
	return {
		looked,
		changes: decide({
			looked,
			// Who shares an address may have changed after the slot's position: its old address must not be in the way.
			changed: isUsers ? union(changed, others) : changed,
			present,
			migrated,
			known,
			judged,
		}),
		reasons: judged,
	};
}

const nothing: Decision = {
	looked: new Set(),
	changes: {
		stays: new Set(),
		store: new Set(),
		remove: new Set(),
		quarantine: new Set(),
		release: new Set(),
		moved: new Set(),
	},
	reasons: new Map(),
};

/**
 * Everybody who has, or had, an address in common with one of the users, and so on: somebody found may have changed
 * after the slot's position, and have an address now that a third one has on the target.
 */
async function sharers(
	source: Session,
	target: Session,
	ids: ReadonlySet<number>,
	rules: ConversionRules,
): Promise<ReadonlySet<number>> {
	let all = ids;
	for (;;) {
		const more = union(all, await sharersOnce(source, target, all, rules));
		if (more.size === all.size) return all;
		all = more;
	}
}

async function sharersOnce(
	source: Session,
	target: Session,
	ids: ReadonlySet<number>,
	{ mapping }: ConversionRules,
): Promise<ReadonlySet<number>> {
	if (ids.size === 0) return ids;
	const table = mapping.users.source;
	const now = await source.query<{ address: string | null }>(
		`SELECT ${normalizeEmailSql("t.email")} AS address FROM ${sourceRows(table, mapping)} WHERE ${hasId("t.id", ids)}`,
	);
	const { rows } = await target.query<{ id: string }>(
		`WITH ids AS (SELECT unnest($1::bigint[]) AS id), addresses AS (
			SELECT unnest($2::text[]) AS address
			UNION SELECT u.email FROM ids JOIN cutover.identity_map m ON m.legacy_id = ids.id JOIN auth.users u ON u.id = m.user_id
			UNION SELECT q.address FROM ids JOIN cutover.quarantine q ON q.source_id = ids.id AND q.source_table = $3)
		SELECT m.legacy_id AS id FROM addresses a JOIN auth.users u ON u.email = a.address JOIN cutover.identity_map m ON m.user_id = u.id
		UNION SELECT q.source_id FROM addresses a JOIN cutover.quarantine q ON q.address = a.address AND q.source_table = $3`,
		[[...ids], now.rows.map((row) => row.address), table],
	);
	return new Set(rows.map((row) => Number(row.id)));
}

async function judgeSharing(
	source: Session,
	target: Session,
	judged: Map<number, string>,
	looked: ReadonlySet<number>,
	rules: ConversionRules,
): Promise<void> {
	const { mapping } = rules;
	const among = hasId("t.id", looked);
	const { rows } = await source.query<{ address: string }>(
		`SELECT DISTINCT ${normalizeEmailSql("t.email")} AS address FROM ${sourceRows(mapping.users.source, mapping)} WHERE t.email IS NOT NULL AND ${among}`,
	);
	const born = await readBornEmails(
		target,
		rows.map((row) => row.address),
	);
	add(judged, await bornElsewhere(source, rules, born, among));
	add(judged, await found(source, duplicatesSql(rules, judged.keys(), among)));
}

/** Rows of the source whose owner came, went, or moved into or out of the quarantine. */
async function ownedByMoved(
	source: Session,
	table: string,
	owners: ReadonlyMap<string, Decision>,
	{ mapping }: ConversionRules,
): Promise<ReadonlySet<number>> {
	const { of } = tableOf(table, mapping).owner;
	const moved = owners.get(of)?.changes.moved ?? new Set();
	if (moved.size === 0) return moved;
	const { rows } = await source.query<{ id: string }>(
		`SELECT t.id FROM ${sourceRows(table, mapping)} WHERE ${hasId("t.owner", moved)}`,
	);
	return new Set(rows.map((row) => Number(row.id)));
}

async function judgeOwners(
	source: Session,
	target: Session,
	table: string,
	judged: Map<number, string>,
	looked: ReadonlySet<number>,
	owners: ReadonlyMap<string, Decision>,
	rules: ConversionRules,
): Promise<void> {
	const { mapping } = rules;
	const of = mapping.tables.find((one) => one.source === table)?.owner.of ?? "";
	const among = hasId("t.id", looked);
	const ids = await ownersOf(source, table, looked, rules);
	const decision = owners.get(of) ?? nothing;
	// Of owners that were just looked at the new judgement counts, of all others what is in quarantine.
	const away = new Set((await keptIds(target, of, ids)).keys());
	for (const id of decision.changes.release) away.delete(id);
	for (const id of decision.changes.quarantine) away.add(id);
	add(judged, await found(source, ownerReasonsSql(table, rules, away, among)));
}

/**
 * Rows whose owner is nowhere on the target: a row is read as it is now, and may belong to somebody who came after the
 * slot's position. They arrive with their owner, whose key comes in a later round.
 */
async function earlyRows(
	source: Session,
	target: Session,
	table: string,
	looked: ReadonlySet<number>,
	owners: ReadonlyMap<string, Decision>,
	conversion: Conversion,
): Promise<ReadonlySet<number>> {
	const { mapping } = conversion.rules;
	const of = tableOf(table, mapping).owner.of;
	const { looked: decided, changes } = owners.get(of) ?? nothing;
	const all = await ownersOf(source, table, looked, conversion.rules);
	const others = new Set([...all].filter((id) => !decided.has(id)));
	const there = await migratedIds(target, of, others, conversion);
	const without = [...all].filter((id) =>
		decided.has(id) ? !changes.stays.has(id) : !there.has(id),
	);
	if (without.length === 0) return new Set();
	const { rows } = await source.query<{ id: string }>(
		`SELECT t.id FROM ${sourceRows(table, mapping)} WHERE ${hasId("t.owner", without)} AND ${hasId("t.id", looked)}`,
	);
	return new Set(rows.map((row) => Number(row.id)));
}

async function ownersOf(
	source: Session,
	table: string,
	ids: ReadonlySet<number>,
	{ mapping }: ConversionRules,
): Promise<ReadonlySet<number>> {
	const { rows } = await source.query<{ owner: string }>(
		`SELECT DISTINCT t.owner FROM ${sourceRows(table, mapping)} WHERE t.owner IS NOT NULL AND ${hasId("t.id", ids)}`,
	);
	return new Set(rows.map((row) => Number(row.owner)));
}

async function presentIds(
	source: Session,
	table: string,
	ids: ReadonlySet<number>,
	{ mapping }: ConversionRules,
): Promise<Set<number>> {
	const { rows } = await source.query<{ id: string }>(
		`SELECT t.id FROM ${sourceRows(table, mapping)} WHERE ${hasId("t.id", ids)}`,
	);
	return new Set(rows.map((row) => Number(row.id)));
}

async function migratedIds(
	target: Session,
	table: string,
	ids: ReadonlySet<number>,
	{ rules, born }: Conversion,
): Promise<ReadonlySet<number>> {
	const { rows } = await target.query<{ id: string }>(
		`SELECT id FROM (${migratedIdsSql(table, rules.mapping, born)}) there WHERE ${hasId("id", ids)}`,
	);
	return new Set(rows.map((row) => Number(row.id)));
}

/** What is in quarantine of some ids, with the reasons. */
async function keptIds(
	target: Session,
	table: string,
	ids: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
	const { rows } = await target.query<{ id: string; reason: string }>(
		`SELECT source_id AS id, reason FROM cutover.quarantine WHERE source_table = ${quoteText(table)} AND ${hasId("source_id", ids)}`,
	);
	return new Map(rows.map((row) => [Number(row.id), row.reason]));
}

function union(
	one: ReadonlySet<number>,
	other: ReadonlySet<number>,
): ReadonlySet<number> {
	return other.size === 0 ? one : new Set([...one, ...other]);
}
