import type { Session } from "../../adapters/postgres.ts";
import { isJsonb } from "../../conversion/json.ts";
import { quoteName, quoteTable, quoteText } from "../../conversion/sqlNames.ts";
import type { Assignment, RowChange } from "./inverse.ts";

/** A legacy table to write to. */
export interface LegacyTable {
	readonly name: string;
	readonly id: string;
	/** Zone in which times without zone are kept. */
	readonly timeZone: string;
	/** Column with the settings, when the table has one. */
	readonly settings?: string | null;
}

/** A legacy row to change or to make. */
export interface RowWrite {
	readonly id: number;
	/** Whether the legacy table has the row already. */
	readonly isThere: boolean;
	readonly change: RowChange;
}

/** Changes and makes legacy rows; to be called inside a transaction that may write. Answers how many. */
export async function writeRows(
	source: Session,
	table: LegacyTable,
	rows: readonly RowWrite[],
): Promise<number> {
	for (const row of rows) {
		if (row.isThere) await updateRow(source, table, row);
		else await insertRow(source, table, row);
	}
	const made = rows.filter((row) => !row.isThere).map((row) => row.id);
	if (made.length > 0) await moveSequence(source, table, Math.max(...made));
	return rows.length;
}

/** Removes legacy rows; answers how many there were. */
export async function removeRows(
	source: Session,
	table: string,
	column: string,
	ids: readonly number[],
): Promise<number> {
	if (ids.length === 0) return 0;
	const gone = await source.query(
		`DELETE FROM ${quoteTable(table)} WHERE ${quoteName(column)} = ANY($1::bigint[])`,
		[ids],
	);
	return gone.rowCount ?? 0;
}

async function updateRow(
	source: Session,
	table: LegacyTable,
	{ id, change }: RowWrite,
): Promise<void> {
	const values: (string | null)[] = [];
	const sets = change.assignments.map((one) => {
		values.push(one.value);
		const column = quoteName(one.column);
		const value = valueSql(one, values.length, table);
		return `${column} = ${one.ifEmpty === true ? `coalesce(${column}, ${value})` : value}`;
	});
	if (change.settings !== undefined && table.settings) {
		const column = quoteName(table.settings);
		const { rows } = await source.query<{ text: string | null }>(
			`SELECT ${column}::text AS text FROM ${quoteTable(table.name)} WHERE ${quoteName(table.id)} = $1`,
			[id],
		);
		// PostgreSQL keeps what other keys hold, big numbers included; what is no object has nothing to keep.
		const base = isObject(rows[0]?.text) ? `${column}::jsonb` : "'{}'::jsonb";
		values.push(JSON.stringify(change.settings.set));
		const without = change.settings.unset.map(
			(key) => ` - ${quoteText(key)}::text`,
		);
		sets.push(
			`${column} = ((${base} || $${values.length}::jsonb)${without.join("")})::text${await castOf(source, table)}`,
		);
	}
	if (sets.length === 0) return;
	await source.query(
		`UPDATE ${quoteTable(table.name)} SET ${sets.join(", ")} WHERE ${quoteName(table.id)} = ${id}`,
		values,
	);
}

async function insertRow(
	source: Session,
	table: LegacyTable,
	{ id, change }: RowWrite,
): Promise<void> {
	const values: (string | null)[] = [];
	const columns = [quoteName(table.id)];
	const list = [String(id)];
	for (const one of change.assignments) {
		values.push(one.value);
		columns.push(quoteName(one.column));
		list.push(valueSql(one, values.length, table));
	}
	if (change.settings !== undefined && table.settings) {
		values.push(JSON.stringify(change.settings.set));
		columns.push(quoteName(table.settings));
		list.push(`$${values.length}`);
	}
	await source.query(
		`INSERT INTO ${quoteTable(table.name)} (${columns.join(", ")}) VALUES (${list.join(", ")})`,
		values,
	);
}

function valueSql(one: Assignment, at: number, table: LegacyTable): string {
	return one.form === "time"
		? `($${at}::timestamptz AT TIME ZONE ${quoteText(table.timeZone)})`
		: `$${at}`;
}

/** Nothing for a text column; a cast where the settings are kept as json or jsonb. */
async function castOf(source: Session, table: LegacyTable): Promise<string> {
	const { rows } = await source.query<{ type: string }>(
		"SELECT format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2",
		[quoteTable(table.name), table.settings],
	);
	const type = rows[0]?.type;
	return type === "json" || type === "jsonb" ? `::${type}` : "";
}

/** The target gave the id out; the legacy sequence must not give it out once more. */
async function moveSequence(
	source: Session,
	table: LegacyTable,
	highest: number,
): Promise<void> {
	const { rows } = await source.query<{ sequence: string | null }>(
		"SELECT pg_get_serial_sequence($1, $2) AS sequence",
		[quoteTable(table.name), table.id],
	);
	const sequence = rows[0]?.sequence;
	if (sequence === null || sequence === undefined) return;
	await source.query(
		`SELECT setval($1::regclass, $2) FROM ${sequence} WHERE last_value < $2`,
		[sequence, highest],
	);
}

function isObject(text: string | null | undefined): boolean {
	return (
		text !== null &&
		text !== undefined &&
		isJsonb(text) &&
		text.trimStart().startsWith("{")
	);
}
