import { copyRows } from "../adapters/copy.ts";
import { type Session, sqlState } from "../adapters/postgres.ts";
import { looksLikeObjectSql } from "../conversion/json.ts";
import {
	columnsOf,
	type Mapping,
	sourceTables,
} from "../conversion/mapping.ts";
import { convertSettings } from "../conversion/settings.ts";
import { type ConversionRules, doubtfulSql } from "./entities.ts";
import { sourceRows, tableOf, valueName } from "./sourceRows.ts";

/**
 * Raw rows of the source arrive in temporary tables of the target's session, which cost no WAL, and are converted there:
 * the legacy server only hands them out.
 */

/** Rows that have arrived. */
export interface Arrived {
	readonly rows: number;
	/** FROM item with alias `t`. */
	readonly from: string;
}

/**
 * Fetches the rows that meet the condition over alias `t` of `sourceRows`; whatever arrived earlier is forgotten.
 * To be called inside a transaction on the target, at whose end they go.
 */
export async function fetchRows(
	source: Session,
	target: Session,
	table: string,
	where: string,
	rules: ConversionRules,
): Promise<Arrived> {
	const { mapping } = rules;
	const name = arrivingName(table, mapping);
	const columns = wireColumns(table, mapping);
	await target.query(`TRUNCATE ${name}`);
	const select = columns.map((one) => `t.${one.name}::${one.type}`).join(", ");
	const rows = await copyRows(
		source,
		`SELECT ${select} FROM ${sourceRows(table, mapping)} WHERE ${where}`,
		target,
		`${name} (${columns.map((one) => one.name).join(", ")})`,
	);
	return { rows, from: `${name} t` };
}

/** Short enough not to be too deep, and to be read here without further ado: trying it takes the server longer. */
const isShortSql = "octet_length(settings) < 1000";

/**
 * Short text that is almost surely an object which PostgreSQL takes: without escapes that could stand for half a character,
 * and without numbers that could be too large.
 */
const isPlainSql = `${looksLikeObjectSql("settings")} AND settings !~ '[0-9][eE]|\\\\'`;

/** Nested deeper than anybody means it: the server takes longest to find that its stack does not suffice. */
const isDeepSql = `settings LIKE '%${"[".repeat(64)}%'`;

/**
 * Settings that PostgreSQL refuses as jsonb, or that are deep. Each of the others is tried in a subtransaction, which costs
 * more than all the rest.
 */
const refusedSql = `CASE WHEN ${isDeepSql} THEN true ELSE cutover.jsonb_or_null(settings) IS NULL END`;

/**
 * Looks for settings among the arrived users' that PostgreSQL refuses as jsonb, and reads them here: they may be JSON all
 * the same, and then only the value concerned counts as missing. What it takes means the same here, so that it does no harm
 * to read some of that too.
 *
 * @param trusts tries only long texts: short ones are read here or, where they almost surely are taken, left out. The
 * conversion fails with a state that `isRefusal` knows when one of those is refused after all.
 * @returns FROM item that `convertedSql` takes; undefined when there are none.
 */
export async function readDoubtful(
	target: Session,
	table: string,
	{ mapping }: ConversionRules,
	trusts = false,
): Promise<string | undefined> {
	if (table !== mapping.users.source) return undefined;
	const doubtful = trusts
		? `CASE WHEN ${isShortSql} THEN NOT (${isPlainSql}) ELSE ${refusedSql} END`
		: refusedSql;
	const { rows } = await target.query<{ id: string; settings: string }>(
		`SELECT id::text AS id, settings FROM ${arrivingName(table, mapping)} WHERE settings <> '' AND ${doubtful}`,
	);
	return doubtfulSql(
		rows.map(({ id, settings }) => ({
			id,
			preferences: convertSettings(settings, mapping.users.preferences),
		})),
	);
}

/** Whether a statement failed because of a value: a data exception, or a limit that the value exceeds. */
export function isRefusal(error: unknown): boolean {
	return /^(22|54)/.test(sqlState(error) ?? "");
}

/** Makes the session's tables for arriving rows; once per session, outside of transactions. */
export async function prepareArriving(
	target: Session,
	mapping: Mapping,
): Promise<void> {
	for (const table of sourceTables(mapping)) {
		const columns = wireColumns(table, mapping).map(
			(one) => `${one.name} ${one.type}`,
		);
		await target.query(
			`CREATE TEMP TABLE IF NOT EXISTS ${arrivingName(table, mapping).replace("pg_temp.", "")} (${columns.join(", ")}) ON COMMIT DELETE ROWS`,
		);
	}
}

function arrivingName(table: string, mapping: Mapping): string {
	return `pg_temp.arriving_${sourceTables(mapping).indexOf(table)}`;
}

/** A column as it travels: in a type that every server has, and that keeps every value. */
interface WireColumn {
	readonly name: string;
	readonly type: string;
}

function wireColumns(table: string, mapping: Mapping): readonly WireColumn[] {
	const column = (name: string, type: string) => ({ name, type });
	if (table === mapping.users.source) {
		return [
			column("id", "bigint"),
			...["username", "email", "password_hash", "settings"].map((name) =>
				column(name, "text"),
			),
			column("created_at", "timestamp"),
			column("last_login", "timestamp"),
		];
	}
	return [
		column("id", "bigint"),
		column("owner", "bigint"),
		...columnsOf(tableOf(table, mapping)).map(({ to, as }) =>
			column(valueName(to), wireType(as)),
		),
	];
}

function wireType(as: string): string {
	if (as === "time") return "timestamp";
	if (as === "json" || as.startsWith("varchar")) return "text";
	return as === "integer" ? "bigint" : as;
}
