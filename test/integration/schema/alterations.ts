/** One way in which a schema can be changed behind the migrations' back. */
export interface Alteration {
	readonly title: string;
	readonly sql: string;
	/** For what belongs to the server and not to the database. */
	readonly undo?: string;
	/** The one line that names it. */
	readonly expected: string;
	/** Whether the remedy is SQL that settles it. Default: true. */
	readonly heals?: false;
}

const rewrites = "this rewrites the table behind a lock when the values change";
const keep = "keep it if somebody needs it, else";
const all = "DELETE, INSERT, SELECT, UPDATE";

/** Every kind of difference at least once. */
export const alterations: readonly Alteration[] = [
	{
		title: "a table that is gone, without its parts",
		sql: "DROP TABLE public.files",
		expected:
			"missing: table public.files; do: make it again as 3_public.sql does; its rows, if there were any, are in the backup",
		heals: false,
	},
	{
		title: "a table that nobody expects, without its parts",
		sql: "CREATE TABLE public.notes (id serial PRIMARY KEY, text text CHECK (text <> '')); CREATE INDEX ON public.notes (text); GRANT SELECT ON public.notes TO anon",
		expected: `unexpected: table public.notes; do: ${keep} DROP TABLE public.notes after saving its rows`,
	},
	{
		title: "a view",
		sql: "CREATE VIEW public.names AS SELECT username FROM public.profiles",
		expected: `unexpected: table public.names: got view; do: ${keep} DROP VIEW public.names`,
	},
	{
		title: "a table that a crash would empty",
		sql: "ALTER TABLE public.files SET UNLOGGED",
		expected:
			"different: table public.files, storage: expected logged, got unlogged; do: ALTER TABLE public.files SET LOGGED; until then a crash of the server empties it",
	},
	{
		title: "row-level security that is off",
		sql: "ALTER TABLE public.profiles DISABLE ROW LEVEL SECURITY",
		expected:
			"different: table public.profiles, row-level security: expected on, got off; do: ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY",
	},
	{
		title: "row-level security that is on",
		sql: "ALTER TABLE cutover.journal ENABLE ROW LEVEL SECURITY",
		expected:
			"different: table cutover.journal, row-level security: expected off, got on; do: ALTER TABLE cutover.journal DISABLE ROW LEVEL SECURITY",
	},
	{
		title: "row-level security that is forced on the owner",
		sql: "ALTER TABLE public.profiles FORCE ROW LEVEL SECURITY",
		expected:
			"different: table public.profiles, row-level security of the owner: expected not forced, got forced; do: ALTER TABLE public.profiles NO FORCE ROW LEVEL SECURITY",
	},
	{
		title: "a column that is gone",
		sql: "ALTER TABLE public.workflows DROP COLUMN is_active",
		expected:
			"missing: column public.workflows.is_active; do: ALTER TABLE public.workflows ADD COLUMN is_active boolean DEFAULT true; its values, if there were any, are in the backup",
	},
	{
		title: "a column that nobody expects",
		sql: "ALTER TABLE public.workflows ADD COLUMN \"Color of it\" text DEFAULT 'red'",
		expected: `unexpected: column public.workflows."Color of it"; do: ${keep} ALTER TABLE public.workflows DROP COLUMN "Color of it" (its values go with it)`,
	},
	{
		title: "a column of another type",
		sql: "ALTER TABLE public.profiles ALTER username TYPE text",
		expected: `different: column public.profiles.username, type: expected character varying(255), got text; do: ALTER TABLE public.profiles ALTER username TYPE character varying(255); ${rewrites}`,
	},
	{
		title: "a column that lost its NOT NULL",
		sql: "ALTER TABLE public.workflows ALTER user_id DROP NOT NULL",
		expected:
			"different: column public.workflows.user_id, nullable: expected no, got yes; do: ALTER TABLE public.workflows ALTER user_id SET NOT NULL",
	},
	{
		title: "a column that got a NOT NULL",
		sql: "ALTER TABLE public.workflows ALTER name SET NOT NULL",
		expected:
			"different: column public.workflows.name, nullable: expected yes, got no; do: ALTER TABLE public.workflows ALTER name DROP NOT NULL",
	},
	{
		title: "another default",
		sql: "ALTER TABLE public.workflows ALTER is_active SET DEFAULT false",
		expected:
			"different: column public.workflows.is_active, default: expected true, got false; do: ALTER TABLE public.workflows ALTER is_active SET DEFAULT true",
	},
	{
		title: "a default that is gone",
		sql: "ALTER TABLE auth.users ALTER confirmation_token DROP DEFAULT",
		expected:
			"different: column auth.users.confirmation_token, default: expected ''::character varying, got none; do: ALTER TABLE auth.users ALTER confirmation_token SET DEFAULT ''::character varying",
	},
	{
		title: "a default that nobody expects",
		sql: "ALTER TABLE public.files ALTER sha256 SET DEFAULT 'x'",
		expected:
			"different: column public.files.sha256, default: expected none, got 'x'::text; do: ALTER TABLE public.files ALTER sha256 DROP DEFAULT",
	},
	{
		title: "a generated column that is an ordinary one now",
		sql: "ALTER TABLE auth.identities ALTER email DROP EXPRESSION",
		expected:
			"different: column auth.identities.email, generated: expected lower((identity_data ->> 'email'::text)) STORED, got no; do: ALTER TABLE auth.identities DROP COLUMN email, ADD COLUMN email text GENERATED ALWAYS AS (lower((identity_data ->> 'email'::text))) STORED",
	},
	{
		title: "an identity that refuses given ids",
		sql: "ALTER TABLE public.files ALTER id SET GENERATED ALWAYS",
		expected:
			"different: column public.files.id, identity: expected BY DEFAULT, got ALWAYS; do: ALTER TABLE public.files ALTER id SET GENERATED BY DEFAULT, or where it has no identity: ALTER TABLE public.files ALTER id ADD GENERATED BY DEFAULT AS IDENTITY and set its sequence behind the highest id",
		heals: false,
	},
	{
		title: "an identity that is gone, without its sequence",
		sql: "ALTER TABLE public.files ALTER id DROP IDENTITY",
		expected:
			"different: column public.files.id, identity: expected BY DEFAULT, got no; do: ALTER TABLE public.files ALTER id SET GENERATED BY DEFAULT, or where it has no identity: ALTER TABLE public.files ALTER id ADD GENERATED BY DEFAULT AS IDENTITY and set its sequence behind the highest id",
		heals: false,
	},
	{
		title: "another collation",
		sql: 'ALTER TABLE public.files ALTER filename TYPE varchar(255) COLLATE "C"',
		expected: `different: column public.files.filename, collation: expected default, got pg_catalog."C"; do: ALTER TABLE public.files ALTER filename TYPE character varying(255); ${rewrites}`,
	},
	{
		title: "statistics over password hashes",
		sql: "ALTER TABLE auth.users ALTER encrypted_password SET STATISTICS 100",
		expected:
			"different: column auth.users.encrypted_password, statistics: expected 0, got 100; do: ALTER TABLE auth.users ALTER encrypted_password SET STATISTICS 0",
	},
	{
		title: "a sequence of another step",
		sql: "ALTER SEQUENCE public.files_id_seq INCREMENT 10",
		expected:
			"different: sequence public.files_id_seq on public.files.id, increment: expected 1, got 10; do: ALTER SEQUENCE public.files_id_seq INCREMENT 1",
	},
	{
		title: "a sequence that nobody expects",
		sql: "CREATE SEQUENCE public.extra",
		expected: `unexpected: sequence public.extra; do: ${keep} DROP SEQUENCE public.extra`,
	},
	{
		title: "an index that is gone",
		sql: "DROP INDEX public.idx_workflows_user_id",
		expected:
			"missing: index public.idx_workflows_user_id on public.workflows: expected CREATE INDEX ON public.workflows USING btree (user_id); do: CREATE INDEX CONCURRENTLY idx_workflows_user_id ON public.workflows USING btree (user_id)",
	},
	{
		title: "an index over something else",
		sql: "DROP INDEX public.idx_profiles_username; CREATE INDEX idx_profiles_username ON public.profiles (lower(username))",
		expected:
			"different: index public.idx_profiles_username on public.profiles, definition: expected CREATE INDEX ON public.profiles USING btree (username), got CREATE INDEX ON public.profiles USING btree (lower((username)::text)); do: DROP INDEX CONCURRENTLY public.idx_profiles_username; CREATE INDEX CONCURRENTLY idx_profiles_username ON public.profiles USING btree (username)",
	},
	{
		title: "an index that was not finished",
		sql: "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'auth.idx_users_email'::regclass",
		expected:
			"different: index auth.idx_users_email on auth.users, valid: expected yes, got no; do: REINDEX INDEX CONCURRENTLY auth.idx_users_email",
	},
	{
		title: "an index that nobody expects",
		sql: "CREATE INDEX by_type ON public.workflow_steps (type)",
		expected: `unexpected: index public.by_type on public.workflow_steps: got CREATE INDEX ON public.workflow_steps USING btree (type); do: ${keep} DROP INDEX CONCURRENTLY public.by_type`,
	},
	{
		title: "a primary key that is gone",
		sql: "ALTER TABLE cutover.quarantine DROP CONSTRAINT quarantine_pkey",
		expected:
			"missing: constraint quarantine_pkey on cutover.quarantine: expected PRIMARY KEY (source_table, source_id); do: ALTER TABLE cutover.quarantine ADD CONSTRAINT quarantine_pkey PRIMARY KEY (source_table, source_id)",
	},
	{
		title: "a foreign key that is gone",
		sql: "ALTER TABLE public.files DROP CONSTRAINT files_user_id_fkey",
		expected:
			"missing: constraint files_user_id_fkey on public.files: expected FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE; do: ALTER TABLE public.files ADD CONSTRAINT files_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE",
	},
	{
		title: "a foreign key that does something else",
		sql: "ALTER TABLE public.files DROP CONSTRAINT files_user_id_fkey, ADD CONSTRAINT files_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users",
		expected:
			"different: constraint files_user_id_fkey on public.files, definition: expected FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE, got FOREIGN KEY (user_id) REFERENCES auth.users(id); do: ALTER TABLE public.files DROP CONSTRAINT files_user_id_fkey, ADD CONSTRAINT files_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE",
	},
	{
		title: "a foreign key that was never proved",
		sql: "ALTER TABLE public.files DROP CONSTRAINT files_user_id_fkey, ADD CONSTRAINT files_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users ON DELETE CASCADE NOT VALID",
		expected:
			"different: constraint files_user_id_fkey on public.files, validated: expected yes, got no; do: ALTER TABLE public.files VALIDATE CONSTRAINT files_user_id_fkey",
	},
	{
		title: "a foreign key whose triggers are disabled",
		sql: "ALTER TABLE public.files DISABLE TRIGGER ALL",
		expected:
			"different: constraint files_user_id_fkey on public.files, enforced: expected yes, got no, its triggers are disabled; do: ALTER TABLE public.files ENABLE TRIGGER ALL, and on the table it refers to; then cutover validate",
		heals: false,
	},
	{
		title: "a unique constraint that is gone",
		sql: "ALTER TABLE auth.identities DROP CONSTRAINT identities_provider_id_provider_unique",
		expected:
			"missing: constraint identities_provider_id_provider_unique on auth.identities: expected UNIQUE (provider_id, provider); do: ALTER TABLE auth.identities ADD CONSTRAINT identities_provider_id_provider_unique UNIQUE (provider_id, provider)",
	},
	{
		title: "a check that is gone",
		sql: "ALTER TABLE cutover.deferred DROP CONSTRAINT deferred_kind_check",
		expected:
			"missing: constraint deferred_kind_check on cutover.deferred: expected CHECK ((kind = ANY (ARRAY['index'::text, 'constraint'::text, 'foreign key'::text, 'validation'::text]))); do: ALTER TABLE cutover.deferred ADD CONSTRAINT deferred_kind_check CHECK ((kind = ANY (ARRAY['index'::text, 'constraint'::text, 'foreign key'::text, 'validation'::text])))",
	},
	{
		title: "a check that nobody expects",
		sql: "ALTER TABLE public.files ADD CONSTRAINT small CHECK (size_bytes < 10)",
		expected: `unexpected: constraint small on public.files: got CHECK ((size_bytes < 10)); do: ${keep} ALTER TABLE public.files DROP CONSTRAINT small`,
	},
	{
		title: "a policy that is gone",
		sql: 'DROP POLICY "Users can view own profile" ON public.profiles',
		expected:
			'missing: policy "Users can view own profile" on public.profiles; do: CREATE POLICY "Users can view own profile" ON public.profiles FOR SELECT TO PUBLIC USING ((( SELECT auth.uid() AS uid) = id))',
	},
	{
		title: "a policy that lets everybody in",
		sql: 'ALTER POLICY "Users can manage own workflows" ON public.workflows USING (true)',
		expected:
			'different: policy "Users can manage own workflows" on public.workflows, using: expected (( SELECT auth.uid() AS uid) = user_id), got true; do: BEGIN; DROP POLICY "Users can manage own workflows" ON public.workflows; CREATE POLICY "Users can manage own workflows" ON public.workflows FOR ALL TO PUBLIC USING ((( SELECT auth.uid() AS uid) = user_id)); COMMIT',
	},
	{
		title: "a policy that lets everything be written",
		sql: 'ALTER POLICY "Users can insert own profile" ON public.profiles WITH CHECK (true)',
		expected:
			'different: policy "Users can insert own profile" on public.profiles, check: expected (( SELECT auth.uid() AS uid) = id), got true; do: BEGIN; DROP POLICY "Users can insert own profile" ON public.profiles; CREATE POLICY "Users can insert own profile" ON public.profiles FOR INSERT TO PUBLIC WITH CHECK ((( SELECT auth.uid() AS uid) = id)); COMMIT',
	},
	{
		title: "a policy for other roles",
		sql: 'ALTER POLICY "Service role manages files" ON public.files TO service_role, anon',
		expected:
			'different: policy "Service role manages files" on public.files, roles: expected service_role, got anon, service_role; do: BEGIN; DROP POLICY "Service role manages files" ON public.files; CREATE POLICY "Service role manages files" ON public.files FOR ALL TO service_role USING (true) WITH CHECK (true); COMMIT',
	},
	{
		title: "a policy for another command",
		sql: 'DROP POLICY "Users can manage own files" ON public.files; CREATE POLICY "Users can manage own files" ON public.files FOR SELECT USING ((SELECT auth.uid()) = user_id)',
		expected:
			'different: policy "Users can manage own files" on public.files, command: expected ALL, got SELECT; do: BEGIN; DROP POLICY "Users can manage own files" ON public.files; CREATE POLICY "Users can manage own files" ON public.files FOR ALL TO PUBLIC USING ((( SELECT auth.uid() AS uid) = user_id)); COMMIT',
	},
	{
		title: "a policy that nobody expects",
		sql: "CREATE POLICY everything ON public.profiles TO anon USING (true)",
		expected:
			"unexpected: policy everything on public.profiles; do: it lets in, or keeps out, whom the application does not expect: DROP POLICY everything ON public.profiles",
	},
	{
		title: "a trigger",
		sql: "CREATE TRIGGER quiet BEFORE UPDATE ON public.profiles FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
		expected: `unexpected: trigger quiet on public.profiles: got CREATE TRIGGER quiet BEFORE UPDATE ON public.profiles FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); do: ${keep} DROP TRIGGER quiet ON public.profiles`,
	},
	{
		title: "an auth.uid that answers something else",
		sql: "CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid'",
		expected:
			"different: function auth.uid(), body: expected SELECT coalesce( nullif(current_setting('request.jwt.claim.sub', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub' )::uuid, got SELECT NULL::uuid; do: make it as 2_auth.sql does",
		heals: false,
	},
	{
		title: "an auth.uid with its owner's rights",
		sql: "ALTER FUNCTION auth.uid() SECURITY DEFINER",
		expected:
			"different: function auth.uid(), security: expected INVOKER, got DEFINER; do: make it as 2_auth.sql does",
		heals: false,
	},
	{
		title: "a function that nobody expects",
		sql: "CREATE FUNCTION public.answer(integer) RETURNS integer LANGUAGE sql AS 'SELECT 42'",
		expected: `unexpected: function public.answer(integer); do: ${keep} DROP FUNCTION public.answer(integer)`,
	},
	{
		title: "a privilege that is gone",
		sql: "REVOKE SELECT ON public.profiles FROM authenticated",
		expected: `different: grant on TABLE public.profiles to authenticated, privileges: expected ${all}, got DELETE, INSERT, UPDATE; do: GRANT SELECT ON TABLE public.profiles TO authenticated`,
	},
	{
		title: "a privilege that nobody expects",
		sql: "GRANT TRUNCATE ON public.profiles TO service_role",
		expected: `different: grant on TABLE public.profiles to service_role, privileges: expected ${all}, got DELETE, INSERT, SELECT, TRUNCATE, UPDATE; do: REVOKE TRUNCATE ON TABLE public.profiles FROM service_role`,
	},
	{
		title: "all privileges of a role on a table",
		sql: "REVOKE ALL ON public.workflow_steps FROM authenticated",
		expected: `missing: grant on TABLE public.workflow_steps to authenticated; do: GRANT ${all} ON TABLE public.workflow_steps TO authenticated`,
	},
	{
		title: "a table that anybody may read",
		sql: "GRANT SELECT ON public.profiles TO anon",
		expected:
			"unexpected: grant on TABLE public.profiles to anon: got SELECT; do: REVOKE SELECT ON TABLE public.profiles FROM anon",
	},
	{
		title: "a single column that users may read",
		sql: "GRANT SELECT (encrypted_password) ON auth.users TO authenticated",
		expected:
			"unexpected: grant on TABLE auth.users to authenticated: got SELECT (encrypted_password); do: REVOKE SELECT (encrypted_password) ON TABLE auth.users FROM authenticated",
	},
	{
		title: "a schema that anybody may create in",
		sql: "GRANT CREATE ON SCHEMA public TO PUBLIC",
		expected:
			"unexpected: grant on SCHEMA public to PUBLIC: got CREATE; do: REVOKE CREATE ON SCHEMA public FROM PUBLIC",
	},
	{
		title: "a schema that a role may not use",
		sql: "REVOKE USAGE ON SCHEMA auth FROM authenticated",
		expected:
			"missing: grant on SCHEMA auth to authenticated; do: GRANT USAGE ON SCHEMA auth TO authenticated",
	},
	{
		title: "a function that nobody may call",
		sql: "REVOKE EXECUTE ON FUNCTION auth.uid() FROM PUBLIC",
		expected:
			"missing: grant on FUNCTION auth.uid() to PUBLIC; do: GRANT EXECUTE ON FUNCTION auth.uid() TO PUBLIC",
	},
	{
		title: "a role that may sign in",
		sql: "ALTER ROLE anon LOGIN",
		undo: "ALTER ROLE anon NOLOGIN",
		expected:
			"different: role anon, sign-in: expected no, got allowed; do: ALTER ROLE anon NOLOGIN",
	},
	{
		title: "a role that row-level security does not hold",
		sql: "ALTER ROLE authenticated BYPASSRLS",
		undo: "ALTER ROLE authenticated NOBYPASSRLS",
		expected:
			"different: role authenticated, bypasses row-level security: expected no, got yes; do: ALTER ROLE authenticated NOBYPASSRLS",
	},
	{
		title: "a role that may do anything",
		sql: "ALTER ROLE service_role SUPERUSER",
		undo: "ALTER ROLE service_role NOSUPERUSER",
		expected:
			"different: role service_role, superuser: expected no, got yes; do: ALTER ROLE service_role NOSUPERUSER",
	},
];
