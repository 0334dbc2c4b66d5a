import { readRows } from "../../adapters/copyText.ts";
import { identifier, type Session } from "../../adapters/postgres.ts";
import { RefusedError } from "../../errors.ts";
import type { Column } from "./forms.ts";
import { nullWire, splitRow, type Wire } from "./wire.ts";

/** A column of the target, and what a row that nobody touched has in it. */
export interface TargetColumn extends Column {
	/** The column's default, where it is always the same. */
	readonly untouched: Wire | undefined;
}

/** A table's name, with or without its schema in front, as SQL. */
export function tableSql(table: string): string {
	return table.split(".").map(identifier).join(".");
}

interface Row {
	readonly name: string;
	readonly type: string;
	readonly modifier: number;
	readonly otherwise: string | null;
	readonly is_made: boolean;
	readonly is_required: boolean;
	readonly is_triggered: boolean;
}

/** The columns of a source table, by name. */
export async function readSourceColumns(
	source: Session,
	table: string,
): Promise<ReadonlyMap<string, Column>> {
	const rows = await readCatalog(source, table);
	return new Map(rows.map((row) => [row.name, row]));
}

/**
 * The columns of a target table that can be written. Those that the conversion leaves alone have their default, unless
 * it differs from row to row (`now()`) or a trigger may have filled them.
 */
export async function readTargetColumns(
	target: Session,
	table: string,
): Promise<readonly TargetColumn[]> {
	const rows = (await readCatalog(target, table)).filter((row) => !row.is_made);
	const defaults = rows.filter(isConstant);
	const values = await evaluate(
		target,
		defaults.map(({ otherwise }) => otherwise ?? "NULL"),
	);
	const byName = new Map(
		defaults.map(({ name }, place) => [name, values[place]]),
	);
	return rows.map((row) => ({
		name: row.name,
		type: row.type,
		modifier: row.modifier,
		untouched: row.is_triggered ? undefined : byName.get(row.name),
	}));
}

async function readCatalog(
	session: Session,
	table: string,
): Promise<readonly Row[]> {
	const { rows } = await session.query<Row>(
		`SELECT a.attname AS name, t.typname AS type, a.atttypmod AS modifier, pg_get_expr(d.adbin, d.adrelid) AS otherwise,
			a.attgenerated <> '' AS is_made, a.attnotnull AS is_required,
			EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = a.attrelid AND NOT g.tgisinternal) AS is_triggered
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
		[tableSql(table)],
	);
	if (rows.length === 0) {
		throw new RefusedError(
			`expected a table ${table}, found none that this login can see; check the mapping and the search path`,
		);
	}
	return rows;
}

/** No default, or a literal with a cast: anything with brackets may be a function. */
function isConstant({ otherwise, is_required }: Row): boolean {
	return otherwise === null
		? !is_required
		: !otherwise.replace(/'(?:[^']|'')*'/g, "").includes("(");
}

async function evaluate(
	session: Session,
	expressions: readonly string[],
): Promise<readonly Wire[]> {
	let values: readonly Wire[] = [];
	if (expressions.every((one) => one === "NULL")) {
		return expressions.map(() => nullWire);
	}
	await readRows(session, `SELECT ${expressions.join(", ")}`, (row, end) => {
		values = splitRow(row, end);
	});
	return values;
}
