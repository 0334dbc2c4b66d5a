import type { Session } from "../../adapters/postgres.ts";
import { quoteName, quoteTable } from "../../conversion/sqlNames.ts";
import type { ConversionRules } from "../../convert/entities.ts";
import { idsOf } from "../../convert/ids.ts";
import type { Dirty } from "./dirty.ts";
import { legacyIds } from "./identities.ts";
import type { UserValues, Values } from "./inverse.ts";
import { targetTable, targetUsers } from "./rows.ts";

/** The target's side of a round: what the rows are now that are asked for, and those that come with them. */
export interface TargetSide {
	/** By UUID; who is gone is left out. */
	readonly users: ReadonlyMap<string, UserValues>;
	/** By id, per table of the source; what is gone is left out. */
	readonly tables: ReadonlyMap<string, ReadonlyMap<string, Values>>;
}

/**
 * Reads the dirty rows and whatever they belong to, at one moment. Where an owner is gone, what it still owns on the legacy
 * side is read as well: it may belong to somebody else by now, who took it over after the feed's position, and must not go
 * with the one it left.
 */
export async function readTarget(
	source: Session,
	target: Session,
	rules: ConversionRules,
	dirty: Dirty,
): Promise<TargetSide> {
	await target.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	try {
		const users = new Map<string, UserValues>();
		const tables = new Map(
			rules.mapping.tables.map((table) => [
				table.source,
				new Map<string, Values>(),
			]),
		);
		for (
			let asked: Dirty = dirty;
			isAny(asked);
			asked = await leftBehind(source, target, rules, asked, { users, tables })
		) {
			const read = await readRows(target, rules, asked);
			for (const [uuid, values] of read.users) users.set(uuid, values);
			for (const [table, rows] of read.tables)
				for (const [id, values] of rows) tables.get(table)?.set(id, values);
		}
		await target.query("COMMIT");
		return { users, tables };
	} catch (error) {
		await target.query("ROLLBACK").catch(() => undefined);
		throw error;
	}
}

const isAny = ({ users, rows }: Dirty): boolean =>
	users.size > 0 || [...rows.values()].some((ids) => ids.size > 0);

/** Reads rows from the leaves to their owners: what a row belongs to may be younger than the feed's position. */
async function readRows(
	target: Session,
	rules: ConversionRules,
	asked: Dirty,
): Promise<TargetSide> {
	const { mapping } = rules;
	const wanted = new Map(
		mapping.tables.map(({ source }) => [
			source,
			new Set(idsOf(asked.rows, source)),
		]),
	);
	const users = new Set(asked.users);
	const tables = new Map<string, ReadonlyMap<string, Values>>();
	for (const table of mapping.tables.toReversed()) {
		const ids = wanted.get(table.source) ?? new Set();
		const rows = await targetTable(target, table, ids, rules);
		tables.set(table.source, rows);
		for (const row of rows.values()) {
			const owner = row[table.owner.to];
			if (owner === null || owner === undefined) continue;
			if (table.owner.of === mapping.users.source) users.add(owner);
			else wanted.get(table.owner.of)?.add(Number(owner));
		}
	}
	return { users: await targetUsers(target, users, rules), tables };
}

/** Legacy rows, not read yet, whose owner on the legacy side was asked for and is gone on the target. */
async function leftBehind(
	source: Session,
	target: Session,
	{ mapping }: ConversionRules,
	asked: Dirty,
	{ users, tables }: TargetSide,
): Promise<Dirty> {
	const goneUsers = [...asked.users].filter((uuid) => !users.has(uuid));
	const rows = new Map<string, ReadonlySet<number>>();
	for (const table of mapping.tables) {
		const gone =
			table.owner.of === mapping.users.source
				? [...(await legacyIds(target, goneUsers)).values()]
				: [...idsOf(asked.rows, table.owner.of)].filter(
						(id) => tables.get(table.owner.of)?.has(String(id)) !== true,
					);
		if (gone.length === 0) continue;
		const owned = await source.query<{ id: string }>(
			`SELECT ${quoteName(table.id)} AS id FROM ${quoteTable(table.source)} WHERE ${quoteName(table.owner.from)} = ANY($1::bigint[])`,
			[gone],
		);
		const read = tables.get(table.source);
		rows.set(
			table.source,
			new Set(
				owned.rows
					.map(({ id }) => Number(id))
					.filter((id) => !read?.has(String(id))),
			),
		);
	}
	return { users: new Set(), rows };
}
