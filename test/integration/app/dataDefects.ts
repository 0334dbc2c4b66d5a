import type { Defect } from "./defect.ts";

const owner = "ALTER TABLE public.workflows";

/** Defects of the database. */
export const dataDefects: readonly Defect[] = [
	{
		what: "a missing table",
		check: "tables",
		says: /public\.audit_log is missing/,
		plan: { after: { tables: ["auth.users", "public.audit_log"] } },
	},
	{
		what: "a view in the place of a table",
		check: "tables",
		says: /public\.audit_log is no table/,
		sql: "CREATE VIEW public.audit_log AS SELECT 1 AS one",
		undo: "DROP VIEW public.audit_log",
		plan: { after: { tables: ["auth.users", "public.audit_log"] } },
	},
	{
		what: "a workflow without user",
		check: "workflows without user",
		says: /^workflows 77001$/,
		sql: `${owner} DROP CONSTRAINT workflows_user_id_fkey;
			INSERT INTO public.workflows (id, user_id, name) VALUES (77001, gen_random_uuid(), 'orphan')`,
		undo: `DELETE FROM public.workflows WHERE id = 77001;
			${owner} ADD CONSTRAINT workflows_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users ON DELETE CASCADE`,
	},
	{
		what: "a column of another type",
		check: "column types of public.profiles",
		says: /^public\.profiles\.username is text, expected varchar$/,
		sql: "ALTER TABLE public.profiles ALTER username TYPE text",
		undo: "ALTER TABLE public.profiles ALTER username TYPE varchar(255)",
	},
	{
		what: "a column that is missing",
		check: "column types of public.profiles",
		says: /^public\.profiles\.language is missing, expected text$/,
		plan: { after: { columns: { "public.profiles": { language: "text" } } } },
	},
	{
		what: "nobody among the users",
		check: "users",
		says: /^0 rows in public\.people$/,
		sql: "CREATE TABLE public.people (id uuid)",
		undo: "DROP TABLE public.people",
		plan: { after: { filled: { users: "public.people" } } },
	},
	{
		what: "a slow query",
		check: "workflow query",
		says: /\d ms/,
		plan: {
			performance: {
				samples: 5,
				query: "SELECT pg_sleep(0.12)",
				queryBelowMs: 100,
			},
		},
	},
];
