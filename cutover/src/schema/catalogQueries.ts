import type { Kind } from "./catalog.ts";

/** What is asked for, as SQL: `wanted` is put in front of every query. */
export const wanted =
	"WITH wanted (schemas, roles, login) AS (VALUES ($1::text[], $2::text[], $3::text))";
const schemas = "(SELECT schemas FROM wanted)::text[]";
const roles = "(SELECT roles FROM wanted)::text[]";
const login = "(SELECT login FROM wanted)";

/** SQL condition: the catalog row belongs to no extension. */
const ours = (catalog: string, oid: string) =>
	`NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/** Relation `c` in namespace `n`, in the schemas that are asked for. */
const relations = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ANY(${schemas}) AND ${ours("pg_class", "c.oid")}`;

const relation = "format('%I.%I', n.nspname, c.relname)";
const onTable = `${relation} AS on, 'table ' || ${relation} AS of`;
/** Line breaks and runs of blanks are the author's, not the meaning's. */
const oneLine = (text: string) =>
	`btrim(regexp_replace(${text}, '\\s+', ' ', 'g'))`;

const grantees = `g.grantee = 0 OR pg_get_userbyid(g.grantee) = ANY(${roles})`;
const grantee =
	"CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END";

/** Privileges of one object: what it is called in GRANT, its key, its access list, and the column it is about. */
const privileges = `
	SELECT 'SCHEMA ' || quote_ident(nspname) AS what, 'schema ' || quote_ident(nspname) AS key, '' AS suffix,
		coalesce(nspacl, acldefault('n', nspowner)) AS acl, nspname = 'public' AS is_public
		FROM pg_namespace n WHERE nspname = ANY(${schemas})
	UNION ALL
	SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || ${relation},
		CASE relkind WHEN 'S' THEN 'sequence ' || ${relation} ELSE 'table ' || ${relation} END, '',
		coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)), false
		FROM ${relations} WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
	UNION ALL
	SELECT 'TABLE ' || ${relation}, 'table ' || ${relation}, format(' (%I)', attname), attacl, false
		FROM ${relations} JOIN pg_attribute a ON a.attrelid = c.oid WHERE attacl IS NOT NULL AND NOT attisdropped
	UNION ALL
	SELECT format('FUNCTION %I.%I(%s)', n.nspname, proname, pg_get_function_identity_arguments(p.oid)),
		format('function %I.%I(%s)', n.nspname, proname, pg_get_function_identity_arguments(p.oid)), '',
		coalesce(proacl, acldefault('f', proowner)), false
		FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace AND n.nspname = ANY(${schemas}) AND ${ours("pg_proc", "p.oid")}`;

/**
 * One query per kind, each giving (name, on, of, is) as `CatalogObject` has them; a property is left out where it is the usual one. Parameters: the schemas, the
 * application's roles, its login role or null. To be run with an empty search path. All of it is the same on
 * PostgreSQL 15 and later: NOT NULL counts as a column's property, although 18 lists it among the constraints.
 */
export const catalogQueries: Readonly<Record<Kind, string>> = {
	schema: `SELECT quote_ident(nspname) AS name, '' AS on, '' AS of, '{}'::json AS is
		FROM pg_namespace WHERE nspname = ANY(${schemas}) AND nspname <> 'public'`,

	role: `SELECT quote_ident(rolname) AS name, '' AS on, '' AS of,
		json_strip_nulls(json_build_object('sign-in', CASE WHEN rolcanlogin THEN 'allowed' ELSE 'no' END, 'superuser', CASE WHEN rolsuper THEN 'yes' END,
			'bypasses row-level security', CASE WHEN rolname <> 'service_role' AND rolbypassrls THEN 'yes' END)) AS is
		FROM pg_roles WHERE (rolname = ANY(${roles}) OR rolname = ${login})`,

	membership: `SELECT quote_ident(login) AS name, quote_ident(role) AS on,
		'role ' || quote_ident(role) AS of, '{}'::json AS is
		FROM wanted CROSS JOIN unnest(roles) role JOIN pg_roles r ON r.rolname = role JOIN pg_roles u ON u.rolname = login
		WHERE pg_has_role(u.oid, r.oid, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)`,

	table: `SELECT ${relation} AS name, '' AS on, 'schema ' || quote_ident(n.nspname) AS of,
		json_strip_nulls(json_build_object(
			'type', CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END,
			'storage', CASE relpersistence WHEN 'u' THEN 'unlogged' END,
			'row-level security', CASE WHEN relrowsecurity THEN 'on' END,
			'row-level security of the owner', CASE WHEN relforcerowsecurity THEN 'forced' END)) AS is
		FROM ${relations} WHERE relkind IN ('r', 'p', 'v', 'm', 'f')`,

	column: `SELECT quote_ident(attname) AS name, ${onTable},
		json_strip_nulls(json_build_object(
			'type', format_type(atttypid, atttypmod),
			'nullable', CASE WHEN NOT attnotnull THEN 'yes'
				WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum])
				THEN 'no, NOT VALID' ELSE 'no' END,
			'default', CASE attgenerated WHEN '' THEN ${oneLine("pg_get_expr(adbin, adrelid)")} END,
			'generated', CASE WHEN attgenerated <> '' THEN ${oneLine("pg_get_expr(adbin, adrelid)")} || CASE attgenerated WHEN 's' THEN ' STORED' ELSE ' VIRTUAL' END END,
			'identity', CASE attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END,
			'collation', (SELECT format('%I.%I', cn.nspname, collname) FROM pg_collation l JOIN pg_namespace cn ON cn.oid = collnamespace WHERE l.oid = attcollation AND attcollation <> typcollation),
			'statistics', nullif(attstattarget::int, -1)::text)) AS is
		FROM ${relations} JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
			LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
		WHERE relkind IN ('r', 'p', 'f') AND attnum > 0 AND NOT attisdropped`,

	sequence: `SELECT ${relation} AS name, coalesce(owner.name, '') AS on,
		coalesce('column ' || owner.name, 'schema ' || quote_ident(n.nspname)) AS of,
		json_strip_nulls(json_build_object('type', format_type(seqtypid, NULL), 'increment', seqincrement::text, 'minimum', seqmin::text, 'maximum', seqmax::text, 'cycle', CASE WHEN seqcycle THEN 'yes' END)) AS is
		FROM ${relations} JOIN pg_sequence s ON s.seqrelid = c.oid
			LEFT JOIN LATERAL (SELECT format('%I.%I.%I', tn.nspname, t.relname, attname) AS name
				FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute ON attrelid = t.oid AND attnum = d.refobjsubid
				WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')) owner ON true`,

	index: `SELECT format('%I.%I', n.nspname, x.relname) AS name, ${onTable},
		json_strip_nulls(json_build_object('definition', ${oneLine("replace(pg_get_indexdef(x.oid), format(' INDEX %I ON ', x.relname), ' INDEX ON ')")}, 'valid', CASE WHEN NOT (indisvalid AND indisready AND indislive) THEN 'no' END)) AS is
		FROM ${relations} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid
		WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x'))`,

	constraint: `SELECT quote_ident(conname) AS name, ${onTable},
		json_strip_nulls(json_build_object('definition', ${oneLine("regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')")},
			'validated', CASE WHEN NOT convalidated THEN 'no' END,
			'enforced', CASE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgconstraint = k.oid AND tgenabled IN ('D', 'R')) THEN 'no, its triggers are disabled' END)) AS is
		FROM ${relations} JOIN pg_constraint k ON k.conrelid = c.oid WHERE contype IN ('p', 'f', 'u', 'c', 'x')`,

	policy: `SELECT quote_ident(polname) AS name, ${onTable},
		json_strip_nulls(json_build_object('kind', CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
			'command', CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
			'roles', CASE WHEN polroles = '{0}' THEN 'PUBLIC' ELSE (SELECT string_agg(quote_ident(rolname), ', ' ORDER BY rolname) FROM pg_roles WHERE oid = ANY(polroles)) END,
			'using', ${oneLine("pg_get_expr(polqual, polrelid)")},
			'check', ${oneLine("pg_get_expr(polwithcheck, polrelid)")})) AS is
		FROM ${relations} JOIN pg_policy p ON p.polrelid = c.oid`,

	trigger: `SELECT quote_ident(tgname) AS name, ${onTable},
		json_strip_nulls(json_build_object('definition', ${oneLine("pg_get_triggerdef(t.oid)")}, 'enabled', CASE tgenabled WHEN 'D' THEN 'no' WHEN 'R' THEN 'on replicas only' WHEN 'A' THEN 'always' END)) AS is
		FROM ${relations} JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT tgisinternal AND ${ours("pg_trigger", "t.oid")}`,

	function: `SELECT format('%I.%I(%s)', n.nspname, proname, pg_get_function_identity_arguments(p.oid)) AS name, '' AS on, 'schema ' || quote_ident(n.nspname) AS of,
		json_strip_nulls(json_build_object('returns', coalesce(pg_get_function_result(p.oid), 'nothing'), 'language', lanname,
			'volatility', CASE provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
			'security', CASE WHEN prosecdef THEN 'DEFINER' ELSE 'INVOKER' END,
			'settings', array_to_string(proconfig, ', '),
			'body', ${oneLine("coalesce(pg_get_function_sqlbody(p.oid), prosrc)")})) AS is
		FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace AND n.nspname = ANY(${schemas}) AND ${ours("pg_proc", "p.oid")} JOIN pg_language l ON l.oid = prolang`,

	grant: `SELECT ${grantee} AS name, what AS on, key AS of,
		json_strip_nulls(json_build_object('privileges', string_agg(g.privilege_type || suffix || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY g.privilege_type || suffix))) AS is
		FROM (${privileges}) p, LATERAL aclexplode(p.acl) g
		WHERE (${grantees}) AND NOT (is_public AND g.grantee = 0 AND g.privilege_type = 'USAGE')
		GROUP BY g.grantee, what, key`,
};
