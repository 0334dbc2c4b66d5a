import { copyRows } from "../adapters/copy.ts";
import { type Session, withTransaction } from "../adapters/postgres.ts";
import {
	type ConversionRules,
	type Load,
	loadsOf,
	ownTarget,
	type SourceTable,
	sourceTables,
} from "./entities.ts";
import { isAmong, type Quarantine } from "./judge.ts";
import { selectOf } from "./load.ts";
import { writeQuarantine, writeRepaired } from "./quarantine.ts";
import type { Snapshot } from "./snapshot.ts";

/** What has to happen to one table's rows on the target. */
export interface Changes {
	/** Ids to read again and store. */
	readonly store: ReadonlySet<number>;
	/** Ids whose rows leave the target. */
	readonly remove: ReadonlySet<number>;
	/** Ids to write into the quarantine. */
	readonly quarantine: ReadonlySet<number>;
	/** Ids to take out of it. */
	readonly release: ReadonlySet<number>;
}

export type AllChanges = Readonly<Record<SourceTable, Changes>>;

/** Applies the changes and moves the checkpoint, all in one transaction; answers how many rows it wrote. */
export async function applyChanges(
	source: Session,
	target: Session,
	request: {
		readonly rules: ConversionRules;
		readonly changes: AllChanges;
		readonly quarantine: Quarantine;
		readonly snapshot: Snapshot;
	},
): Promise<number> {
	const { changes, rules } = request;
	return await withTransaction(target, async () => {
		let written = 0;
		// Owned rows leave before their owners, and arrive after them.
		for (const table of sourceTables.toReversed()) {
			written += await removeRows(target, table, changes[table].remove);
		}
		for (const table of sourceTables) {
			const { store } = changes[table];
			if (store.size === 0) continue;
			for (const load of loadsOf(table, rules)) {
				written += await storeRows(source, target, load, store);
			}
		}
		written += await moveQuarantine(source, target, request);
		await target.query(
			"UPDATE cutover.conversion SET snapshot_xmin = $1::text::xid8, caught_up_at = now()",
			[String(request.snapshot.xmin)],
		);
		return written;
	});
}

async function removeRows(
	target: Session,
	table: SourceTable,
	ids: ReadonlySet<number>,
): Promise<number> {
	if (ids.size === 0) return 0;
	if (table !== "legacy_users") {
		const gone = await target.query(
			`DELETE FROM ${ownTarget[table]} WHERE ${isAmong("id", ids)}`,
		);
		return gone.rowCount ?? 0;
	}
	const users = `SELECT user_id FROM cutover.identity_map WHERE ${isAmong("legacy_id", ids)}`;
	// While the load is unfinished there are no foreign keys yet that would take these along.
	await target.query(`DELETE FROM public.profiles WHERE id IN (${users})`);
	await target.query(`DELETE FROM auth.identities WHERE user_id IN (${users})`);
	await target.query(`DELETE FROM auth.users WHERE id IN (${users})`);
	await target.query(
		`DELETE FROM cutover.repaired WHERE source_table = 'legacy_users' AND ${isAmong("source_id", ids)}`,
	);
	const gone = await target.query(
		`DELETE FROM cutover.identity_map WHERE ${isAmong("legacy_id", ids)}`,
	);
	return gone.rowCount ?? 0;
}

async function storeRows(
	source: Session,
	target: Session,
	load: Load,
	ids: ReadonlySet<number>,
): Promise<number> {
	const columns = load.columns.join(", ");
	await target.query("DROP TABLE IF EXISTS pg_temp.arriving");
	await target.query(
		`CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT ${columns} FROM ${load.target} WITH NO DATA`,
	);
	const select = await selectOf(load, isAmong("t.id", ids), source);
	await copyRows(source, select, target, `pg_temp.arriving (${columns})`);
	if (load.target === "auth.users") {
		// Two users who swap addresses would collide when stored one after the other: their old ones go first.
		await target.query(
			"UPDATE auth.users u SET email = 'moving:' || u.id FROM pg_temp.arriving a WHERE a.id = u.id AND a.email IS DISTINCT FROM u.email",
		);
	}
	const others = load.columns.filter((column) => !load.key.includes(column));
	const list = (prefix: string) =>
		others.map((column) => `${prefix}.${column}`).join(", ");
	const assignments = others.map((column) => `${column} = excluded.${column}`);
	if (load.onUpdate !== undefined) assignments.push(load.onUpdate);
	const stored = await target.query(
		`INSERT INTO ${load.target} AS there (${columns}) SELECT ${columns} FROM pg_temp.arriving
		ON CONFLICT (${load.key.join(", ")}) DO UPDATE SET ${assignments.join(", ")} WHERE (${list("there")}) IS DISTINCT FROM (${list("excluded")})`,
	);
	return stored.rowCount ?? 0;
}

async function moveQuarantine(
	source: Session,
	target: Session,
	request: {
		readonly changes: AllChanges;
		readonly quarantine: Quarantine;
	},
): Promise<number> {
	let written = 0;
	for (const table of sourceTables) {
		const { quarantine, release, store } = request.changes[table];
		const reasons = request.quarantine[table];
		if (release.size > 0) {
			const gone = await target.query(
				`DELETE FROM cutover.quarantine WHERE source_table = '${table}' AND ${isAmong("source_id", release)}`,
			);
			written += gone.rowCount ?? 0;
		}
		const entries = [...reasons].filter(([id]) => quarantine.has(id));
		await writeQuarantine(source, target, table, new Map(entries));
		written += entries.length;
		if (table === "legacy_users" && store.size > 0) {
			const among = isAmong("t.id", store);
			await target.query(
				`DELETE FROM cutover.repaired WHERE source_table = 'legacy_users' AND ${isAmong("source_id", store)}`,
			);
			await writeRepaired(source, target, reasons, among);
		}
	}
	return written;
}
