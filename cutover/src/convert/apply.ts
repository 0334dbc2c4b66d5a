import {
	fullReason,
	type Session,
	withTransaction,
} from "../adapters/postgres.ts";
import { isLockTrouble, withPatience } from "../adapters/tableLocks.ts";
import type { Talk } from "../console.ts";
import { sourceTables } from "../conversion/mapping.ts";
import { quoteTable, quoteText } from "../conversion/sqlNames.ts";
import { RefusedError } from "../errors.ts";
import { fetchRows, prepareArriving, readDoubtful } from "./arriving.ts";
import type { Changes } from "./decide.ts";
import {
	type ConversionRules,
	convertedSql,
	type Load,
	loadsOf,
	rowsSql,
} from "./entities.ts";
import { hasId } from "./ids.ts";
import type { Reasons } from "./judge.ts";
import { readRepaired, writeQuarantine, writeRepaired } from "./quarantine.ts";
import { tableOf } from "./sourceRows.ts";
import { waitForTarget } from "./tableWaits.ts";

/** What has to happen to a table's rows, and why some of them stay behind. */
export interface Decision {
	/** Ids that were looked at. */
	readonly looked: ReadonlySet<number>;
	readonly changes: Changes;
	readonly reasons: Reasons;
}

/** Everything that has to happen, and where to say what it waits for. */
export interface Apply {
	readonly rules: ConversionRules;
	/** Per table of the source. */
	readonly decisions: ReadonlyMap<string, Decision>;
	/** Statements on the target that move the position. */
	readonly movePosition: () => Promise<unknown>;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/**
 * Applies the changes and moves the position, all in one transaction; answers how many rows it wrote. Rows that somebody
 * else holds are waited for a moment, then it lets the others go on and does all of it again.
 *
 * @throws RefusedError naming who holds the rows when they are never let go, or when the source let go of its moment.
 */
export async function applyChanges(
	source: Session,
	target: Session,
	request: Apply,
): Promise<number> {
	const { mapping } = request.rules;
	await prepareArriving(target, mapping);
	const wait = waitForTarget(mapping, request);
	return await withPatience(target, wait, async () => {
		try {
			return await withTransaction(target, () =>
				applyOnce(source, target, request),
			);
		} catch (error) {
			if (!isLockTrouble(error) || (await isUsable(source))) throw error;
			throw momentLost(source, error);
		}
	});
}

/** Whether the session's transaction goes on: after an error the server answers nothing until it is rolled back. */
async function isUsable(session: Session): Promise<boolean> {
	return await session.query("SELECT").then(
		() => true,
		() => false,
	);
}

/** The work can be repeated on the target only: the rows that were decided about are those of the source's moment. */
function momentLost(source: Session, error: unknown): RefusedError {
	return new RefusedError(
		`the source at ${source.host}:${source.port} gave no rows: ${fullReason(error)}; end what locks its tables, then run this again: it goes on from there`,
		{ cause: error },
	);
}

async function applyOnce(
	source: Session,
	target: Session,
	{ decisions, rules, movePosition }: Apply,
): Promise<number> {
	const tables = sourceTables(rules.mapping);
	let written = 0;
	const removed = (table: string) =>
		decisions.get(table)?.changes.remove ?? new Set();
	await parkAddresses(target, removed(rules.mapping.users.source));
	// Owned rows arrive after their owners, and leave before them; what changes its owner does so in between.
	for (const table of tables) {
		const store = decisions.get(table)?.changes.store ?? new Set();
		if (store.size === 0) continue;
		written += await storeRows(source, target, table, store, rules);
	}
	for (const table of tables.toReversed()) {
		written += await removeRows(target, table, removed(table), rules);
	}
	for (const [table, decision] of decisions) {
		written += await moveQuarantine(source, target, table, decision, rules);
	}
	await movePosition();
	return written;
}

/** Users who leave give their addresses free for those who arrive. */
async function parkAddresses(
	target: Session,
	ids: ReadonlySet<number>,
): Promise<void> {
	if (ids.size === 0) return;
	await target.query(
		`UPDATE auth.users u SET email = 'leaving:' || u.id FROM cutover.identity_map m WHERE m.user_id = u.id AND ${hasId("m.legacy_id", ids)}`,
	);
}

async function removeRows(
	target: Session,
	table: string,
	ids: ReadonlySet<number>,
	{ mapping }: ConversionRules,
): Promise<number> {
	if (ids.size === 0) return 0;
	if (table !== mapping.users.source) {
		const gone = await target.query(
			`DELETE FROM ${quoteTable(tableOf(table, mapping).target)} WHERE ${hasId("id", ids)}`,
		);
		return gone.rowCount ?? 0;
	}
	const users = `SELECT user_id FROM cutover.identity_map WHERE ${hasId("legacy_id", ids)}`;
	// While the load is unfinished there are no foreign keys yet that would take these along.
	await target.query(`DELETE FROM public.profiles WHERE id IN (${users})`);
	await target.query(`DELETE FROM auth.identities WHERE user_id IN (${users})`);
	await target.query(`DELETE FROM auth.users WHERE id IN (${users})`);
	await forgetRepaired(target, table, ids);
	const gone = await target.query(
		`DELETE FROM cutover.identity_map WHERE ${hasId("legacy_id", ids)}`,
	);
	return gone.rowCount ?? 0;
}

async function storeRows(
	source: Session,
	target: Session,
	table: string,
	ids: ReadonlySet<number>,
	rules: ConversionRules,
): Promise<number> {
	const { from } = await fetchRows(
		source,
		target,
		table,
		hasId("t.id", ids),
		rules,
	);
	const doubtful = await readDoubtful(target, table, rules);
	let written = 0;
	for (const load of loadsOf(table, rules)) {
		const rows = keptIdsSql(table, load, rules, from, doubtful);
		if (load.target === "auth.users") await parkMoving(target, load, rows);
		const others = load.columns.filter((column) => !load.key.includes(column));
		const list = (prefix: string) =>
			others.map((column) => `${prefix}.${column}`).join(", ");
		const assignments = others.map(
			(column) => `${column} = excluded.${column}`,
		);
		if (load.onUpdate !== undefined) assignments.push(load.onUpdate);
		const stored = await target.query(
			`INSERT INTO ${load.target} AS there (${load.columns.join(", ")}) ${rows}
			ON CONFLICT (${load.key.join(", ")}) DO UPDATE SET ${assignments.join(", ")} WHERE (${list("there")}) IS DISTINCT FROM (${list("excluded")})`,
		);
		written += stored.rowCount ?? 0;
	}
	return written;
}

/**
 * Rows as `rowsSql` converts them, but that users whom the identity map knows keep the id it says: who was born on the target
 * has another one than the legacy id would give.
 */
function keptIdsSql(
	table: string,
	load: Load,
	rules: ConversionRules,
	from: string,
	doubtful: string | undefined,
): string {
	const { mapping } = rules;
	const computed = convertedSql(table, rules, from, doubtful);
	if (table === mapping.users.source) {
		return `SELECT ${load.values.join(", ")} FROM (
			SELECT c.id, c.username, c.password_hash, c.address, c.created, c.signed_in, c.preferences, coalesce(m.user_id, c.uuid) AS uuid
			FROM (${computed}) c LEFT JOIN cutover.identity_map m ON m.legacy_id = c.id) r`;
	}
	if (tableOf(table, mapping).owner.of !== mapping.users.source) {
		return rowsSql(table, load, rules, from, doubtful);
	}
	const values = load.values.map((value) =>
		value === "r.owner_id" ? "coalesce(m.user_id, r.owner_id)" : value,
	);
	return `SELECT ${values.join(", ")} FROM (${computed}) r LEFT JOIN cutover.identity_map m ON m.legacy_id = r.owner`;
}

/** Two users who swap addresses would collide when stored one after the other: their old ones go first. */
async function parkMoving(
	target: Session,
	load: Load,
	rows: string,
): Promise<void> {
	await target.query(
		`UPDATE auth.users u SET email = 'moving:' || u.id FROM (${rows}) a(${load.columns.join(", ")}) WHERE a.id = u.id AND a.email IS DISTINCT FROM u.email`,
	);
}

async function moveQuarantine(
	source: Session,
	target: Session,
	table: string,
	{ changes, reasons }: Decision,
	rules: ConversionRules,
): Promise<number> {
	let written = 0;
	const { quarantine, release, store } = changes;
	if (release.size > 0) {
		const gone = await target.query(
			`DELETE FROM cutover.quarantine WHERE source_table = ${quoteText(table)} AND ${hasId("source_id", release)}`,
		);
		written += gone.rowCount ?? 0;
	}
	const entries = [...reasons].filter(([id]) => quarantine.has(id));
	await writeQuarantine([source], target, table, new Map(entries), rules);
	written += entries.length;
	if (table === rules.mapping.users.source && store.size > 0) {
		await forgetRepaired(target, table, store);
		const stored = hasId("t.id", store);
		const repaired = await readRepaired(source, rules, stored);
		await writeRepaired(target, repaired, reasons, rules);
	}
	return written;
}

async function forgetRepaired(
	target: Session,
	table: string,
	ids: ReadonlySet<number>,
): Promise<void> {
	await target.query(
		`DELETE FROM cutover.repaired WHERE source_table = ${quoteText(table)} AND ${hasId("source_id", ids)}`,
	);
}
