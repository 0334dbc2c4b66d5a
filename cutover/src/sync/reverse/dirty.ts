import type { Session } from "../../adapters/postgres.ts";
import type { Peeked } from "../../capture/peek.ts";
import type { Mapping } from "../../conversion/mapping.ts";
import { quoteTable } from "../../conversion/sqlNames.ts";
import type { Ids } from "../../convert/ids.ts";
import { sourceRows } from "../../convert/sourceRows.ts";
import type { Conversion } from "../../convert/state.ts";

/** Rows of the target that were written, came or went. */
export interface Dirty {
	/** UUIDs of users. */
	readonly users: ReadonlySet<string>;
	/** Ids, per table of the source that they are written back to. */
	readonly rows: Ids;
}

/** Tables of the target that are followed, with their key, as the catalog spells them. */
export function followedTables(
	mapping: Mapping,
): readonly { readonly table: string; readonly key: string }[] {
	return [
		{ table: "auth.users", key: "id" },
		{ table: "public.profiles", key: "id" },
		...mapping.tables.map(({ target }) => ({
			table: target.includes(".") ? target : `public.${target}`,
			key: "id",
		})),
	];
}

/** The keys of a feed, told apart. */
export function dirtyOf(peeked: Peeked, mapping: Mapping): Dirty {
	const keys = (table: string) => peeked.keys.get(table) ?? new Set<string>();
	const followed = followedTables(mapping).slice(2);
	return {
		users: new Set([...keys("auth.users"), ...keys("public.profiles")]),
		rows: new Map(
			mapping.tables.map(({ source }, at) => [
				source,
				new Set([...keys(followed[at]?.table ?? "")].map(Number)),
			]),
		),
	};
}

/**
 * What was written on the target since it went live, without a feed: by the age of the rows' transactions, and what is
 * gone by comparing keys.
 */
export async function dirtySinceLive(
	source: Session,
	target: Session,
	{ rules, born }: Conversion,
	liveXmin: string,
): Promise<Dirty> {
	const { mapping } = rules;
	const young = `age(t.xmin) BETWEEN 0 AND age('${BigInt(liveXmin)}'::xid8::xid)`;
	const keys = async (sql: string) => {
		const { rows } = await target.query<{ id: string }>(sql);
		return rows.map((row) => row.id);
	};
	const users = [
		...(await keys(`SELECT id FROM auth.users t WHERE ${young}`)),
		...(await keys(`SELECT id FROM public.profiles t WHERE ${young}`)),
		...(await keys(
			"SELECT m.user_id AS id FROM cutover.identity_map m LEFT JOIN auth.users u ON u.id = m.user_id WHERE u.id IS NULL",
		)),
	];
	const rows = new Map<string, ReadonlySet<number>>();
	for (const table of mapping.tables) {
		const own = quoteTable(table.target);
		const written = await keys(`SELECT id FROM ${own} t WHERE ${young}`);
		const there = new Set(
			await keys(
				`SELECT id FROM ${own} UNION ALL SELECT source_id FROM cutover.quarantine WHERE source_table = '${table.source.replaceAll("'", "''")}' AND source_id < ${born[table.source]?.from ?? 0}`,
			),
		);
		const legacy = await source.query<{ id: string }>(
			`SELECT t.id::text AS id FROM ${sourceRows(table.source, mapping)}`,
		);
		const gone = legacy.rows.map(({ id }) => id).filter((id) => !there.has(id));
		rows.set(table.source, new Set([...written, ...gone].map(Number)));
	}
	return { users: new Set(users), rows };
}
