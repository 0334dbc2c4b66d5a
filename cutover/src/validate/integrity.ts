import type { Session } from "../adapters/postgres.ts";
import { type Finding, listed, texts } from "./check.ts";

/** No two users share an e-mail address, whatever its case. */
export async function uniqueEmails(target: Session): Promise<Finding> {
	const shared = await texts(
		target,
		`SELECT count(*) || ' users share ' || lower(email COLLATE "C") AS what FROM auth.users WHERE email IS NOT NULL AND NOT is_sso_user GROUP BY lower(email COLLATE "C") HAVING count(*) > 1 LIMIT ${listed}`,
	);
	return {
		outcome: shared.length === 0 ? "passed" : "failed",
		expected: "no e-mail address twice",
		actual:
			shared.length === 0
				? "none"
				: `${shared.length} or more shared addresses`,
		details: shared,
	};
}

const orphanQueries = [
	"SELECT 'profile without user: ' || p.id AS what FROM public.profiles p LEFT JOIN auth.users u ON u.id = p.id WHERE u.id IS NULL",
	"SELECT 'user without profile: ' || u.id AS what FROM cutover.identity_map m JOIN auth.users u ON u.id = m.user_id LEFT JOIN public.profiles p ON p.id = u.id WHERE p.id IS NULL",
	"SELECT 'workflow without user: ' || w.id AS what FROM public.workflows w LEFT JOIN auth.users u ON u.id = w.user_id WHERE u.id IS NULL",
	"SELECT 'step without workflow: ' || s.id AS what FROM public.workflow_steps s LEFT JOIN public.workflows w ON w.id = s.workflow_id WHERE w.id IS NULL",
	"SELECT 'file without user: ' || f.id AS what FROM public.files f LEFT JOIN auth.users u ON u.id = f.user_id WHERE u.id IS NULL",
];

/** Every profile, workflow, step and file has its owner, and every migrated user a profile. */
export async function noOrphans(target: Session): Promise<Finding> {
	const orphans: string[] = [];
	for (const sql of orphanQueries) {
		orphans.push(...(await texts(target, `${sql} LIMIT ${listed}`)));
	}
	return {
		outcome: orphans.length === 0 ? "passed" : "failed",
		expected: "every profile, workflow, step and file has its owner",
		actual:
			orphans.length === 0
				? "no orphans"
				: `${orphans.length}${orphans.length >= listed ? " or more" : ""} orphans`,
		details: orphans.slice(0, listed),
	};
}

const requiredIndexes = [
	{ name: "idx_users_email", table: "auth.users", column: "email" },
	{
		name: "idx_profiles_username",
		table: "public.profiles",
		column: "username",
	},
	{
		name: "idx_workflows_user_id",
		table: "public.workflows",
		column: "user_id",
	},
];

/** The required indexes are there and valid: by name in any schema, or an equal one by definition. */
export async function indexes(target: Session): Promise<Finding> {
	const missing = await texts(
		target,
		`SELECT format('index missing: %s on %s (%s)', wanted.name, wanted.relation, wanted.keys) AS what
		FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted(name, relation, keys)
		WHERE NOT EXISTS (
			SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
			WHERE i.indisvalid AND i.indisready AND t.relname = split_part(wanted.relation, '.', 2)
			AND (c.relname = wanted.name OR i.indrelid = to_regclass(wanted.relation)
				AND i.indnkeyatts = 1 AND pg_get_indexdef(i.indexrelid, 1, true) = wanted.keys
				AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) IN ('(is_sso_user = false)', '(NOT is_sso_user)'))))`,
		[
			requiredIndexes.map((index) => index.name),
			requiredIndexes.map((index) => index.table),
			requiredIndexes.map((index) => index.column),
		],
	);
	return {
		outcome: missing.length === 0 ? "passed" : "failed",
		expected: requiredIndexes.map((index) => index.name).join(", "),
		actual:
			missing.length === 0 ? "all there" : `${missing.length} of 3 missing`,
		details: missing,
	};
}
