import type { Session } from "../adapters/postgres.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { type Ids, idsOf } from "./ids.ts";
import { ownerReasonsSql } from "./reasons.ts";
import { quarantinedIds } from "./state.ts";

/**
 * Rows of the source, outside the quarantine, whose owner is not there, or is such a row itself. Where legacy tables
 * have no foreign keys, an owner may leave between the plan and the moment that its range is loaded from: it never
 * arrives, so nobody finds it gone, and what it owned has not changed.
 * The source session looks at one moment.
 */
export async function orphanedRows(
	source: Session,
	target: Session,
	mapping: Mapping,
): Promise<Ids> {
	const quarantined = await quarantinedIds(target);
	const all = new Map<string, ReadonlySet<number>>();
	// Owners come before what they own.
	for (const { source: table, owner } of mapping.tables) {
		const { rows } = await source.query<{ id: string }>(
			ownerReasonsSql(table, { mapping }, idsOf(all, owner.of)),
		);
		const known = new Set(quarantined.get(table));
		const ids = rows.map(({ id }) => Number(id)).filter((id) => !known.has(id));
		all.set(table, new Set(ids));
	}
	return all;
}

/**
 * Rows to look at again at the end of a load that was made from several moments, although none of them changed: orphans,
 * and users kept back for somebody who had their address and has another one, or is gone, before he ever arrived.
 */
export async function unsettledRows(
	source: Session,
	target: Session,
	mapping: Mapping,
): Promise<Ids> {
	const { source: users } = mapping.users;
	const twins = await target.query<{ id: string }>(
		"SELECT source_id AS id FROM cutover.quarantine WHERE source_table = $1 AND reason LIKE 'duplicate e-mail%'",
		[users],
	);
	const orphans = await orphanedRows(source, target, mapping);
	return new Map([
		[users, new Set(twins.rows.map(({ id }) => Number(id)))],
		...orphans,
	]);
}
