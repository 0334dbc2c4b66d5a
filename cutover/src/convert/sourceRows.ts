import {
	columnsOf,
	type Mapping,
	type TableMapping,
	type UserMapping,
} from "../conversion/mapping.ts";
import { quoteName, quoteTable } from "../conversion/sqlNames.ts";

/**
 * A table of the source under names of our own, as a FROM item with alias `t`: `id`, `xmin`, for users the columns of
 * the mapping (`email`, `password_hash`, ...), for other tables `owner`, `path` and `size` where rows stand for files,
 * and every mapped column under `valueName`. Whatever else the table has, no name can be mistaken.
 */
export function sourceRows(table: string, mapping: Mapping): string {
	return table === mapping.users.source
		? userRows(mapping.users)
		: tableRows(tableOf(table, mapping));
}

/** The mapping of a table that is not the users'. */
export function tableOf(table: string, mapping: Mapping): TableMapping {
	const found = mapping.tables.find((one) => one.source === table);
	if (found === undefined) throw new Error(`${table} is not in the mapping`);
	return found;
}

/** The name that a mapped column has in `sourceRows`. */
export function valueName(targetColumn: string): string {
	return quoteName(`to:${targetColumn}`);
}

function userRows(users: UserMapping): string {
	const text = (column: string | null) =>
		column === null ? "NULL::text" : `${own(column)}::text`;
	return from(users.source, users.id, [
		[text(users.username), "username"],
		[text(users.email), "email"],
		[text(users.passwordHash), "password_hash"],
		[own(users.createdAt), "created_at"],
		[own(users.lastSignIn), "last_login"],
		[text(users.settings), "settings"],
	]);
}

function tableRows(table: TableMapping): string {
	return from(table.source, table.id, [
		[own(table.owner.from), "owner"],
		...(table.file === undefined
			? []
			: ([
					[`${own(table.file.path)}::text`, "path"],
					[own(table.file.size), "size"],
				] as const)),
		...columnsOf(table).map(
			(one) => [own(one.from), valueName(one.to)] as const,
		),
	]);
}

const own = (column: string) => `s.${quoteName(column)}`;

function from(
	table: string,
	id: string,
	columns: readonly (readonly [string, string])[],
): string {
	const list = columns.map(([value, name]) => `, ${value} AS ${name}`).join("");
	return `(SELECT s.${quoteName(id)} AS id, s.xmin AS xmin${list} FROM ${quoteTable(table)} s) t`;
}
