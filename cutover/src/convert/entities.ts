import { normalizeEmailSql } from "../conversion/email.ts";
import { userHashSql, uuidOfHashSql } from "../conversion/identity.ts";
import {
	type ColumnMapping,
	columnsOf,
	type Mapping,
	type TableMapping,
} from "../conversion/mapping.ts";
import {
	convertSettingsSql,
	givenSettingsSql,
	type Preferences,
	preferencesText,
} from "../conversion/settings.ts";
import { quoteName, quoteTable, quoteText } from "../conversion/sqlNames.ts";
import { tableOf, valueName } from "./sourceRows.ts";

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
	/** A value per column, over alias `r` of `convertedSql`. */
	readonly values: readonly string[];
	/** Further assignment when an existing row changes. */
	readonly onUpdate?: string;
}

/** The target tables of one source table, the owning one first. */
export function loadsOf(
	table: string,
	rules: ConversionRules,
): readonly Load[] {
	return table === rules.mapping.users.source
		? userLoads
		: [tableLoad(tableOf(table, rules.mapping), rules)];
}

/** Every target table that is loaded in bulk, in the order of loading. */
export function targetTables(mapping: Mapping): readonly string[] {
	return [
		...userLoads.map((load) => load.target),
		...mapping.tables.map((one) => one.target),
	];
}

/**
 * SQL query that converts raw rows, each once, whatever tables they go into.
 *
 * @param from FROM item with alias `t` and the columns of `sourceRows`.
 * @param doubtful FROM item with alias `doubtful`: preferences by id for users whose settings PostgreSQL refuses as jsonb and
 * that had to be read elsewhere. Any other refused settings make the statement fail.
 */
export function convertedSql(
	table: string,
	rules: ConversionRules,
	from: string,
	doubtful?: string,
): string {
	const { mapping, namespace } = rules;
	// OFFSET keeps the server from computing anything once per use.
	const hashed = (column: string, more = "", join = "") =>
		`(SELECT t.*, ${userHashSql(column, namespace)} AS hash${more} FROM ${from} ${join} OFFSET 0) t`;
	if (table !== mapping.users.source) {
		const { owner } = tableOf(table, mapping);
		return owner.of === mapping.users.source
			? `SELECT t.*, ${uuidOfHashSql("t.hash")} AS owner_id FROM ${hashed("t.owner")}`
			: `SELECT t.*, t.owner::bigint AS owner_id FROM ${from}`;
	}
	const signedIn = inZone("t.last_login", rules);
	const created = `coalesce(${inZone("t.created_at", rules)}, ${signedIn}, ${quoteText(rules.startedAt)}::timestamptz)`;
	const parsed =
		doubtful === undefined
			? hashed("t.id", ", nullif(t.settings, '')::jsonb AS parsed")
			: hashed(
					"t.id",
					", CASE WHEN doubtful.id IS NULL THEN nullif(t.settings, '')::jsonb END AS parsed, doubtful.preferences AS read",
					`LEFT JOIN ${doubtful} ON doubtful.id = t.id`,
				);
	const wanted = mapping.users.preferences;
	const columns = ["t.*", ...givenSettingsSql("t.parsed", wanted)].join(", ");
	const rows = `(SELECT ${columns} FROM ${parsed} OFFSET 0) t`;
	const settings = convertSettingsSql("t", wanted);
	const preferences =
		doubtful === undefined ? settings : `coalesce(t.read, ${settings})`;
	return `SELECT t.id, t.username, t.password_hash, ${uuidOfHashSql("t.hash")} AS uuid, ${normalizeEmailSql("t.email")} AS address, ${created} AS created, ${signedIn} AS signed_in, ${preferences} AS preferences FROM ${rows}`;
}

/** SQL statement that stores raw rows in all their tables, where none of them is yet. */
export function insertSql(
	table: string,
	rules: ConversionRules,
	from: string,
	doubtful?: string,
): string {
	const converted = convertedSql(table, rules, from, doubtful);
	const inserts = loadsOf(table, rules).map(
		(load) =>
			`INSERT INTO ${load.target} (${load.columns.join(", ")}) SELECT ${load.values.join(", ")} FROM r`,
	);
	const [first = "", ...others] = inserts.toReversed();
	const parts = others
		.toReversed()
		.map((insert, at) => `, part${at} AS (${insert})`);
	return `WITH r AS MATERIALIZED (${converted})${parts.join("")} ${first}`;
}

/** SQL query for the rows of one target table, from raw rows. */
export function rowsSql(
	table: string,
	load: Load,
	rules: ConversionRules,
	from: string,
	doubtful?: string,
): string {
	return `SELECT ${load.values.join(", ")} FROM (${convertedSql(table, rules, from, doubtful)}) r`;
}

/** Preferences read elsewhere, as the FROM item that `convertedSql` takes; undefined when there are none. */
export function doubtfulSql(
	read: readonly { readonly id: string; readonly preferences: Preferences }[],
): string | undefined {
	if (read.length === 0) return undefined;
	const values = read.map(
		({ id, preferences }) =>
			`(${id}::bigint, ${quoteText(preferencesText(preferences))}::jsonb)`,
	);
	return `(VALUES ${values.join(", ")}) AS doubtful(id, preferences)`;
}

const userLoads: readonly Load[] = [
	load("auth.users", ["id"], {
		id: "uuid",
		instance_id: "'00000000-0000-0000-0000-000000000000'::uuid",
		aud: "'authenticated'",
		role: "'authenticated'",
		email: "address",
		encrypted_password: "password_hash",
		email_confirmed_at: "created",
		confirmation_token: "''",
		recovery_token: "''",
		email_change_token_new: "''",
		email_change: "''",
		last_sign_in_at: "signed_in",
		raw_app_meta_data:
			'\'{"provider": "email", "providers": ["email"]}\'::jsonb',
		raw_user_meta_data: "'{}'::jsonb",
		created_at: "created",
		updated_at: "coalesce(signed_in, created)",
	}),
	load("auth.identities", ["provider_id", "provider"], {
		// The first identity of its user: named like the user, it is the same on every run.
		id: "uuid",
		provider_id: "uuid::text",
		user_id: "uuid",
		// An object of texts is made faster than one of anything.
		identity_data:
			"jsonb_object(ARRAY['sub', 'email'], ARRAY[uuid::text, address]) || '{\"email_verified\": true}'",
		provider: "'email'",
		last_sign_in_at: "signed_in",
		created_at: "created",
		updated_at: "coalesce(signed_in, created)",
	}),
	load("public.profiles", ["id"], {
		id: "uuid",
		username: "username",
		preferences: "preferences",
		created_at: "created",
	}),
	load("cutover.identity_map", ["legacy_id"], {
		legacy_id: "r.id",
		user_id: "uuid",
	}),
];

function load(
	target: string,
	key: readonly string[],
	values: Readonly<Record<string, string>>,
): Load {
	return {
		target,
		key,
		columns: Object.keys(values),
		values: Object.values(values),
	};
}

function tableLoad(table: TableMapping, rules: ConversionRules): Load {
	const columns = columnsOf(table);
	return {
		target: quoteTable(table.target),
		key: [quoteName("id")],
		columns: ["id", table.owner.to, ...columns.map((one) => one.to)].map(
			quoteName,
		),
		values: [
			"r.id",
			"r.owner_id",
			...columns.map((one) => valueSql(one, rules)),
		],
		// The row changed, so its bytes may have: they are copied and measured again.
		...(table.file && { onUpdate: "sha256 = NULL" }),
	};
}

function valueSql(
	{ to, as }: Pick<ColumnMapping, "to" | "as">,
	rules: ConversionRules,
): string {
	const value = `r.${valueName(to)}`;
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
