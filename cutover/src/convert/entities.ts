import { normalizeEmailSql } from "../conversion/email.ts";
import { userHashSql, uuidOfHashSql } from "../conversion/identity.ts";
import {
	columnsOf,
	type Mapping,
	type TableMapping,
} from "../conversion/mapping.ts";
import { convertSettingsSql } from "../conversion/settings.ts";
import { quoteName, quoteTable, quoteText } from "../conversion/sqlNames.ts";
import { sourceRows, tableOf, valueName } from "./sourceRows.ts";

/** What the conversion is made with; recorded with the load and the same ever after. */
export interface ConversionRules {
	readonly mapping: Mapping;
	readonly namespace: string;
	/** Zone in which legacy times without zone are read, for example "UTC". */
	readonly timeZone: string;
	readonly duplicates: "keep-last-signed-in" | "quarantine-all";
	/** Start of the first run, ISO 8601: stands in for a creation time that nobody knows. */
	readonly startedAt: string;
}

/** One target table that rows of a source table go into. */
export interface Load {
	readonly target: string;
	readonly columns: readonly string[];
	/** Columns that decide whether a row is there already. */
	readonly key: readonly string[];
	/** The rows, ready to be stored, of those source rows that meet the condition over alias `t` of `sourceRows`. */
	select(where: string, join?: string): string;
	/** Settings that need a closer look are handed in by a join named `doubtful`. */
	readonly joinsDoubtful?: boolean;
	/** Further assignment when an existing row changes. */
	readonly onUpdate?: string;
}

/** The target tables of one source table, the owning one first. */
export function loadsOf(
	table: string,
	rules: ConversionRules,
): readonly Load[] {
	return table === rules.mapping.users.source
		? userLoads(rules)
		: [tableLoad(tableOf(table, rules.mapping), rules)];
}

/** Every target table that is loaded in bulk, in the order of loading. */
export function targetTables(mapping: Mapping): readonly string[] {
	return [...userTargets, ...mapping.tables.map((one) => one.target)];
}

const userTargets = [
	"auth.users",
	"auth.identities",
	"public.profiles",
	"cutover.identity_map",
];

function userLoads(rules: ConversionRules): readonly Load[] {
	const { mapping, namespace } = rules;
	const source = mapping.users.source;
	const times = {
		signedIn: inZone("t.last_login", rules),
		created: `coalesce(${inZone("t.created_at", rules)}, ${inZone("t.last_login", rules)}, '${rules.startedAt}'::timestamptz)`,
	};
	// OFFSET keeps the server from computing the hash once per use.
	const hashed = (where: string) =>
		`(SELECT t.*, ${userHashSql("t.id", namespace)} AS hash FROM ${sourceRows(source, mapping)} WHERE ${where} OFFSET 0) t`;
	const rows = (columns: string, where: string, join = "") =>
		`SELECT ${columns} FROM (SELECT t.*, ${uuidOfHashSql("t.hash")} AS uuid, ${normalizeEmailSql("t.email")} AS address, ${times.created} AS created, ${times.signedIn} AS signed_in FROM ${hashed(where)} OFFSET 0) t ${join}`;
	const settings = convertSettingsSql("settings", mapping.users.preferences);
	return [
		{
			target: "auth.users",
			key: ["id"],
			columns: [
				"id",
				"instance_id",
				"aud",
				"role",
				"email",
				"encrypted_password",
				"email_confirmed_at",
				"confirmation_token",
				"recovery_token",
				"email_change_token_new",
				"email_change",
				"last_sign_in_at",
				"raw_app_meta_data",
				"raw_user_meta_data",
				"created_at",
				"updated_at",
			],
			select: (where) =>
				rows(
					`uuid, '00000000-0000-0000-0000-000000000000'::uuid, 'authenticated'::varchar, 'authenticated'::varchar, address::varchar, password_hash::varchar, created, ''::varchar, ''::varchar, ''::varchar, ''::varchar, signed_in, '{"provider": "email", "providers": ["email"]}'::jsonb, '{}'::jsonb, created, coalesce(signed_in, created)`,
					where,
				),
		},
		{
			target: "auth.identities",
			key: ["provider_id", "provider"],
			columns: [
				"provider_id",
				"user_id",
				"identity_data",
				"provider",
				"last_sign_in_at",
				"created_at",
				"updated_at",
			],
			select: (where) =>
				rows(
					"uuid::text, uuid, jsonb_build_object('sub', uuid, 'email', address, 'email_verified', true), 'email'::text, signed_in, created, coalesce(signed_in, created)",
					where,
				),
		},
		{
			target: "public.profiles",
			key: ["id"],
			columns: ["id", "username", "preferences", "created_at"],
			joinsDoubtful: true,
			select: (where, join) =>
				rows(
					`uuid, username::varchar, ${join === undefined ? settings : `CASE WHEN doubtful.id IS NULL THEN ${settings} ELSE doubtful.preferences END`}, created`,
					where,
					join,
				),
		},
		{
			target: "cutover.identity_map",
			key: ["legacy_id"],
			columns: ["legacy_id", "user_id"],
			select: (where) => rows("t.id::bigint, uuid", where),
		},
	];
}

function tableLoad(table: TableMapping, rules: ConversionRules): Load {
	const { mapping, namespace } = rules;
	const columns = columnsOf(table);
	const belongsToUser = table.owner.of === mapping.users.source;
	const rows = sourceRows(table.source, mapping);
	const values = columns.map((one) => valueSql(one, rules)).join(", ");
	return {
		target: quoteTable(table.target),
		key: ["id"],
		columns: ["id", table.owner.to, ...columns.map((one) => one.to)].map(
			quoteName,
		),
		select: (where) =>
			belongsToUser
				? `SELECT t.id::bigint, ${uuidOfHashSql("t.hash")}, ${values} FROM (SELECT t.*, ${userHashSql("t.owner", namespace)} AS hash FROM ${rows} WHERE ${where} OFFSET 0) t`
				: `SELECT t.id::bigint, t.owner::bigint, ${values} FROM ${rows} WHERE ${where}`,
		// The row changed, so its bytes may have: they are copied and measured again.
		...(table.file && { onUpdate: "sha256 = NULL" }),
	};
}

function valueSql(
	{ to, as }: { readonly to: string; readonly as: string },
	rules: ConversionRules,
): string {
	const value = `t.${valueName(to)}`;
	if (as === "time") return inZone(value, rules);
	if (as === "json") {
		const text = jsonTextSql(value);
		return `CASE WHEN ${text} <> '' THEN ${text}::jsonb END`;
	}
	// Only text without a limit of its own keeps a value whole; its length is judged beforehand.
	return as.startsWith("varchar") ? `${value}::varchar` : `${value}::${as}`;
}

/** A column's JSON as text without surrounding blanks; empty means none. */
export function jsonTextSql(value: string): string {
	return `btrim(${value}::text, E' \\t\\n\\r')`;
}

function inZone(column: string, rules: ConversionRules): string {
	return `(${column} AT TIME ZONE ${quoteText(rules.timeZone)})`;
}
