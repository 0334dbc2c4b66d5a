import { type Session, withTransaction } from "../../adapters/postgres.ts";
import type { TableMapping } from "../../conversion/mapping.ts";
import { fetchRows, readDoubtful } from "../../convert/arriving.ts";
import {
	type ConversionRules,
	type Load,
	loadsOf,
	rowsSql,
} from "../../convert/entities.ts";
import { hasId } from "../../convert/ids.ts";
import { sourceRows } from "../../convert/sourceRows.ts";
import type { UserValues, Values } from "./inverse.ts";

/** Rows of both sides in one form, so that they can be compared column by column. */

/** Users of the target by their UUID; those that are gone are left out. */
export async function targetUsers(
	target: Session,
	ids: Iterable<string>,
	rules: ConversionRules,
): Promise<ReadonlyMap<string, UserValues>> {
	const among = `id = ANY('{${[...ids].join(",")}}'::uuid[])`;
	const of = (table: string) =>
		targetRows(target, userLoad(table, rules), among);
	return joined(await of("auth.users"), await of("public.profiles"));
}

/** What legacy users convert to now, by their UUID as the conversion computes it. */
export async function convertedUsers(
	source: Session,
	target: Session,
	ids: Iterable<number>,
	rules: ConversionRules,
): Promise<ReadonlyMap<string, UserValues>> {
	const table = rules.mapping.users.source;
	const loads = ["auth.users", "public.profiles"].map((name) =>
		userLoad(name, rules),
	);
	const [users = new Map(), profiles = new Map()] = await convertedRows(
		source,
		target,
		table,
		loads,
		hasId("t.id", ids),
		rules,
	);
	return joined(users, profiles);
}

/** Rows of a target table by their id, with the owner as `owner`. */
export async function targetTable(
	target: Session,
	table: TableMapping,
	ids: Iterable<number>,
	rules: ConversionRules,
): Promise<ReadonlyMap<string, Values>> {
	return await targetRows(target, tableLoad(table, rules), hasId("id", ids));
}

/** What legacy rows convert to now, by their id. */
export async function convertedTable(
	source: Session,
	target: Session,
	table: TableMapping,
	ids: Iterable<number>,
	rules: ConversionRules,
): Promise<ReadonlyMap<string, Values>> {
	const [rows = new Map()] = await convertedRows(
		source,
		target,
		table.source,
		[tableLoad(table, rules)],
		hasId("t.id", ids),
		rules,
	);
	return rows;
}

/** Owners of legacy rows, as ids of the legacy table, by the rows' own ids. */
export async function legacyOwners(
	source: Session,
	table: TableMapping,
	ids: Iterable<number>,
	{ mapping }: ConversionRules,
): Promise<ReadonlyMap<number, string | null>> {
	const { rows } = await source.query<{ id: string; owner: string | null }>(
		`SELECT t.id, t.owner::text AS owner FROM ${sourceRows(table.source, mapping)} WHERE ${hasId("t.id", ids)}`,
	);
	return new Map(rows.map((row) => [Number(row.id), row.owner]));
}

function userLoad(table: string, rules: ConversionRules): Load {
	const found = loadsOf(rules.mapping.users.source, rules).find(
		(load) => load.target === table,
	);
	if (found === undefined)
		throw new Error(`users are not loaded into ${table}`);
	return found;
}

function tableLoad(table: TableMapping, rules: ConversionRules): Load {
	const [load] = loadsOf(table.source, rules);
	if (load === undefined) throw new Error(`${table.source} is loaded nowhere`);
	return load;
}

async function targetRows(
	target: Session,
	load: Load,
	where: string,
): Promise<ReadonlyMap<string, Values>> {
	return await textRows(
		target,
		load,
		`SELECT ${load.columns.join(", ")} FROM ${load.target} WHERE ${where}`,
	);
}

/** Converted where every conversion is: in a session of the target. */
async function convertedRows(
	source: Session,
	target: Session,
	table: string,
	loads: readonly Load[],
	where: string,
	rules: ConversionRules,
): Promise<readonly ReadonlyMap<string, Values>[]> {
	return await withTransaction(target, async () => {
		const { from } = await fetchRows(source, target, table, where, rules);
		const doubtful = await readDoubtful(target, table, rules);
		const all: ReadonlyMap<string, Values>[] = [];
		for (const load of loads) {
			const rows = rowsSql(table, load, rules, from, doubtful);
			all.push(await textRows(target, load, rows));
		}
		return all;
	});
}

/** The session's time zone has to be the same on both sides: see `run.ts`. */
async function textRows(
	session: Session,
	load: Load,
	select: string,
): Promise<ReadonlyMap<string, Values>> {
	const values = load.columns.map((column) => `x.${column}::text`).join(", ");
	const { rows } = await session.query<{
		id: string;
		values: (string | null)[];
	}>(
		`SELECT x.id::text AS id, ARRAY[${values}] AS values FROM (${select}) x(${load.columns.join(", ")})`,
	);
	const names = load.columns.map((column) => column.replaceAll('"', ""));
	return new Map(
		rows.map((row) => [
			row.id,
			Object.fromEntries(
				names.map((name, at) => [name, row.values[at] ?? null]),
			),
		]),
	);
}

function joined(
	users: ReadonlyMap<string, Values>,
	profiles: ReadonlyMap<string, Values>,
): ReadonlyMap<string, UserValues> {
	return new Map(
		[...users].map(([id, user]) => [
			id,
			{ user, profile: profiles.get(id) ?? {} },
		]),
	);
}
