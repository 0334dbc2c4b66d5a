import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { normalizeEmailSql } from "../conversion/email.ts";
import { sourceTables } from "../conversion/mapping.ts";
import { applyChanges, type Decision } from "./apply.ts";
import { countChanges, decide } from "./decide.ts";
import type { ConversionRules } from "./entities.ts";
import { hasId, type Ids, idsOf, union } from "./ids.ts";
import { add, bornElsewhere, found, judgeRows } from "./judge.ts";
import { keptIds, migratedIds, ownersOf, presentIds } from "./lookUps.ts";
import { duplicatesSql, ownerReasonsSql } from "./reasons.ts";
import { sourceRows, tableOf } from "./sourceRows.ts";
import { bornIds, type Conversion, readBornEmails } from "./state.ts";

export interface TakeOver {
	readonly conversion: Conversion;
	/** Rows that were written on the source, came or went. */
	readonly changed: Ids;
	/** Rows in quarantine to look at again for a reason outside the source's tables. */
	readonly doubtful?: Ids;
	readonly filesSource?: string | undefined;
	/** Statements that move the position, run in the same transaction as the rows are written. */
	readonly movePosition: () => Promise<unknown>;
	/** Told which rows were written or taken away, once that is committed. */
	readonly onWritten?: ((ids: Ids) => void) | undefined;
	/** Makes no transaction when there is nothing to write, not even for the position. Default: false. */
	readonly skipsIdle?: boolean;
	/** Told who holds rows that it waits for. */
	readonly talk: Talk;
	readonly signal: AbortSignal;
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
	const written = await applyChanges(source, target, {
		rules,
		decisions,
		movePosition: request.movePosition,
		talk: request.talk,
		signal: request.signal,
	});
	request.onWritten?.(
		new Map(
			[...decisions].map(([table, { changes }]) => [
				table,
				new Set([
					...changes.store,
					...changes.remove,
					...changes.quarantine,
					...changes.release,
				]),
			]),
		),
	);
	return written;
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
	if (isUsers) {
		await judgeSharing(source, target, judged, looked, rules);
	} else {
		const owned = await readOwned(source, table, looked, owners, rules);
		await judgeOwners(source, target, owned, judged, rules);
		const early = await earlyRows(source, target, owned, request.conversion);
		for (const id of early) if (!judged.has(id)) present.delete(id);
	}
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
	const rivals = [...looked].filter((id) => !judged.has(id));
	const sql = duplicatesSql(rules, hasId("t.id", rivals));
	add(judged, await found(source, sql));
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

/** Rows that are looked at, with what is known of their owners. */
interface Owned {
	readonly table: string;
	readonly looked: ReadonlySet<number>;
	/** The table that owns them. */
	readonly of: string;
	/** Their owners on the source. */
	readonly owners: ReadonlySet<number>;
	/** What was just decided of the owning table. */
	readonly decision: Decision;
}

async function readOwned(
	source: Session,
	table: string,
	looked: ReadonlySet<number>,
	decisions: ReadonlyMap<string, Decision>,
	rules: ConversionRules,
): Promise<Owned> {
	const { of } = tableOf(table, rules.mapping).owner;
	const owners = await ownersOf(source, table, looked, rules);
	return { table, looked, of, owners, decision: decisions.get(of) ?? nothing };
}

async function judgeOwners(
	source: Session,
	target: Session,
	{ table, looked, of, owners, decision }: Owned,
	judged: Map<number, string>,
	rules: ConversionRules,
): Promise<void> {
	// Of owners that were just looked at the new judgement counts, of all others what is in quarantine.
	const away = new Set((await keptIds(target, of, owners)).keys());
	for (const id of decision.changes.release) away.delete(id);
	for (const id of decision.changes.quarantine) away.add(id);
	const among = hasId("t.id", looked);
	add(judged, await found(source, ownerReasonsSql(table, rules, away, among)));
}

/**
 * Rows whose owner is nowhere on the target: a row is read as it is now, and may belong to somebody who came after the
 * slot's position. They arrive with their owner, whose key comes in a later round.
 */
async function earlyRows(
	source: Session,
	target: Session,
	{ table, looked, of, owners, decision }: Owned,
	conversion: Conversion,
): Promise<ReadonlySet<number>> {
	const { looked: decided, changes } = decision;
	const others = new Set([...owners].filter((id) => !decided.has(id)));
	const there = await migratedIds(target, of, others, conversion);
	const without = [...owners].filter((id) =>
		decided.has(id) ? !changes.stays.has(id) : !there.has(id),
	);
	if (without.length === 0) return new Set();
	const { rows } = await source.query<{ id: string }>(
		`SELECT t.id FROM ${sourceRows(table, conversion.rules.mapping)} WHERE ${hasId("t.owner", without)} AND ${hasId("t.id", looked)}`,
	);
	return new Set(rows.map((row) => Number(row.id)));
}
