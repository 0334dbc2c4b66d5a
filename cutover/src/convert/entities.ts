import { normalizeEmailSql } from "../conversion/email.ts";
import { userHashSql, uuidOfHashSql } from "../conversion/identity.ts";
import { convertSettingsSql } from "../conversion/settings.ts";

/** A table of the source that moves. The order is the order of loading: owners before what they own. */
export const sourceTables = [
	"legacy_users",
	"workflows",
	"uploaded_files",
	"workflow_steps",
] as const;

export type SourceTable = (typeof sourceTables)[number];

/** What the conversion is made with; recorded with the load and the same ever after. */
export interface ConversionRules {
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
	/** The rows, ready to be stored, of those source rows that meet the condition over alias `t`. */
	select(where: string, join?: string): string;
	/** Settings that need a closer look are handed in by a join named `doubtful`. */
	readonly joinsDoubtful?: boolean;
	/** Further assignment when an existing row changes. */
	readonly onUpdate?: string;
}

/** The target tables of one source table, the owning one first. */
export function loadsOf(
	table: SourceTable,
	rules: ConversionRules,
): readonly Load[] {
	switch (table) {
		case "legacy_users":
			return userLoads(rules);
		case "workflows":
			return [workflowLoad(rules)];
		case "uploaded_files":
			return [fileLoad(rules)];
		case "workflow_steps":
			return [stepLoad()];
	}
}

/** The target table that owns the ids of a source table; users have UUIDs instead. */
export const ownTarget: Readonly<
	Record<Exclude<SourceTable, "legacy_users">, string>
> = {
	workflows: "public.workflows",
	uploaded_files: "public.files",
	workflow_steps: "public.workflow_steps",
};

function userLoads(rules: ConversionRules): readonly Load[] {
	const times = {
		signedIn: inZone("t.last_login", rules),
		created: `coalesce(${inZone("t.created_at", rules)}, ${inZone("t.last_login", rules)}, '${rules.startedAt}'::timestamptz)`,
	};
	const rows = (columns: string, where: string, join = "") =>
		`SELECT ${columns} FROM (SELECT t.*, ${uuidOfHashSql("t.hash")} AS uuid, ${normalizeEmailSql("t.email")} AS address, ${times.created} AS created, ${times.signedIn} AS signed_in FROM ${hashed("legacy_users", "id", where, rules)} t OFFSET 0) t ${join}`;
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
				join === undefined
					? rows(
							`uuid, username::varchar, ${convertSettingsSql("settings")}, created`,
							where,
						)
					: rows(
							`uuid, username::varchar, CASE WHEN doubtful.id IS NULL THEN ${convertSettingsSql("settings")} ELSE doubtful.preferences END, created`,
							where,
							join,
						),
		},
		{
			target: "cutover.identity_map",
			key: ["legacy_id"],
			columns: ["legacy_id", "user_id"],
			select: (where) => rows("id::bigint, uuid", where),
		},
	];
}

function workflowLoad(rules: ConversionRules): Load {
	return {
		target: "public.workflows",
		key: ["id"],
		columns: [
			"id",
			"user_id",
			"name",
			"description",
			"is_active",
			"created_at",
			"updated_at",
		],
		select: (where) =>
			`SELECT t.id::bigint, ${uuidOfHashSql("t.hash")}, t.name::varchar, t.description::text, t.is_active, ${inZone("t.created_at", rules)}, ${inZone("t.updated_at", rules)} FROM ${hashed("workflows", "user_id", where, rules)} t`,
	};
}

function fileLoad(rules: ConversionRules): Load {
	return {
		target: "public.files",
		key: ["id"],
		columns: [
			"id",
			"user_id",
			"filename",
			"storage_key",
			"content_type",
			"size_bytes",
			"created_at",
		],
		select: (where) =>
			`SELECT t.id::bigint, ${uuidOfHashSql("t.hash")}, t.filename::varchar, t.stored_path::text, t.content_type::varchar, t.size_bytes::bigint, ${inZone("t.created_at", rules)} FROM ${hashed("uploaded_files", "user_id", where, rules)} t`,
		// The row changed, so its bytes may have: they are copied and measured again.
		onUpdate: "sha256 = NULL",
	};
}

function stepLoad(): Load {
	return {
		target: "public.workflow_steps",
		key: ["id"],
		columns: ["id", "workflow_id", "position", "type", "config"],
		select: (where) =>
			`SELECT t.id::bigint, t.workflow_id::bigint, t.position::integer, t.type::varchar, CASE WHEN ${configSql} <> '' THEN ${configSql}::jsonb END FROM workflow_steps t WHERE ${where}`,
	};
}

/** A step's configuration as text without surrounding blanks; empty means none. */
export const configSql = "btrim(t.config::text, E' \\t\\n\\r')";

/** A table's rows with the hash of their user; OFFSET keeps the server from computing it once per use. */
function hashed(
	table: SourceTable,
	userColumn: string,
	where: string,
	rules: ConversionRules,
): string {
	return `(SELECT t.*, ${userHashSql(`t.${userColumn}`, rules.namespace)} AS hash FROM ${table} t WHERE ${where} OFFSET 0)`;
}

function inZone(column: string, rules: ConversionRules): string {
	return `(${column} AT TIME ZONE '${rules.timeZone.replaceAll("'", "''")}')`;
}
