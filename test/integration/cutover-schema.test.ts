import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withSession } from "../../cutover/src/adapters/postgres.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import { trustedLogin } from "../../cutover/src/conversion/trustedLogin.ts";
import { deferIndexes } from "../../cutover/src/convert/deferred.ts";
import { targetTables } from "../../cutover/src/convert/entities.ts";
import { applySchema } from "../../cutover/src/schema/apply.ts";
import {
	type Difference,
	differenceText,
} from "../../cutover/src/schema/compare.ts";
import {
	type Description,
	description,
} from "../../cutover/src/schema/description.ts";
import { schemaDiff } from "../../cutover/src/schema/diff.ts";
import { schemaStatus } from "../../cutover/src/schema/status.ts";
import { noSecrets } from "./cutoverFixture.ts";
import { startPostgres, type TestServer } from "./postgres.ts";
import { alterations } from "./schema/alterations.ts";
import { laterPostgres } from "./schema/laterPostgres.ts";
import { describeMigrations } from "./schemaDescription.ts";

describe("cutover schema diff", function () {
	this.timeout(60_000);
	let server: TestServer;
	let folder: string;
	let database: string;
	let described: Description;
	let made = 0;

	before(async () => {
		server = await startPostgres();
		folder = await mkdtemp(join(tmpdir(), "cutover-schema-"));
		described = await describeMigrations(server);
		await server.query(
			"postgres",
			`CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'master';
			GRANT anon, authenticated, service_role TO master WITH ADMIN OPTION`,
		);
		await server.query("postgres", "CREATE DATABASE migrated OWNER master");
		database = "migrated";
		await apply();
	});
	after(async () => {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	});

	const target = () => server.url(database, "master", "master");
	const apply = () => applySchema({ target: target() }, noSecrets, silentTalk);
	const onTarget = (sql: string) => server.query(database, sql);
	const diff = (appRole?: string) =>
		schemaDiff({ target: target(), appRole, reportDir: folder });
	const linesOf = (result: Awaited<ReturnType<typeof diff>>) =>
		((result.facts?.differences ?? []) as readonly Difference[]).map(
			differenceText,
		);
	const lines = async () => linesOf(await diff());

	/** A fresh database with the whole schema, a copy of one that was migrated once. */
	async function migrated(): Promise<void> {
		made += 1;
		database = `target_${made}`;
		await server.query(
			"postgres",
			`CREATE DATABASE ${database} TEMPLATE migrated OWNER master`,
		);
	}

	async function empty(): Promise<void> {
		made += 1;
		database = `target_${made}`;
		await server.query("postgres", `CREATE DATABASE ${database} OWNER master`);
	}

	it("expects what the migrations make on a real server; after a change of theirs: npm run schema:describe", async () => {
		assert.deepEqual(described, description);
	});

	it("finds no difference after schema apply, and writes both reports", async () => {
		await migrated();
		const result = await diff("master");
		assert.equal(result.outcome, "passed");
		assert.deepEqual(linesOf(result), []);
		assert.match(result.next, /^The target's schema is what the migrations/);
		assert.match(
			await readFile(join(folder, "schema-diff.md"), "utf8"),
			/^# Schema of the target against \d+_\w+: PASS/,
		);
		JSON.parse(await readFile(join(folder, "schema-diff.json"), "utf8"));
	});

	for (const { title, sql, undo, expected, heals } of alterations) {
		it(`names ${title}, and nothing else`, async () => {
			await migrated();
			try {
				await onTarget(sql);
				const result = await diff();
				assert.deepEqual(linesOf(result), [expected]);
				assert.equal(result.outcome, "failed");
				if (heals === false) return;
				for (const statement of statementsIn(expected)) {
					await onTarget(statement);
				}
				assert.deepEqual(await lines(), [], "its own remedy settles it");
			} finally {
				if (undo !== undefined) await onTarget(undo);
			}
		});
	}

	it("takes an index, a constraint or a sequence of another name for what it is", async () => {
		await migrated();
		await onTarget(
			`ALTER INDEX public.idx_workflows_user_id RENAME TO workflows_by_user;
			ALTER TABLE public.files RENAME CONSTRAINT files_user_id_fkey TO files_owner;
			ALTER SEQUENCE public.files_id_seq RENAME TO files_numbers`,
		);
		assert.deepEqual(await lines(), []);
	});

	it("leaves out what belongs to an extension", async () => {
		await migrated();
		await onTarget("CREATE EXTENSION citext SCHEMA public");
		assert.deepEqual(await lines(), []);
	});

	it("does not depend on the search path of the login", async () => {
		await migrated();
		await server.query(
			"postgres",
			`ALTER ROLE master IN DATABASE ${database} SET search_path = auth, public, cutover`,
		);
		assert.deepEqual(await lines(), []);
	});

	it("says which migrations are missing, with what they would make", async () => {
		await empty();
		const result = await diff();
		assert.equal(result.outcome, "failed");
		assert.deepEqual(result.checks[0]?.details, [
			...Object.keys(description.migrations).map(
				(name) => `missing: ${name}; do: cutover schema apply`,
			),
		]);
		assert.deepEqual(linesOf(result), [
			"missing: schema auth; do: cutover schema apply",
			"missing: schema cutover; do: cutover schema apply",
			"missing: table public.files; do: cutover schema apply",
			"missing: table public.profiles; do: cutover schema apply",
			"missing: table public.workflow_steps; do: cutover schema apply",
			"missing: table public.workflows; do: cutover schema apply",
			...["anon", "authenticated", "service_role"].map(
				(role) =>
					`missing: grant on SCHEMA public to ${role}; do: cutover schema apply`,
			),
		]);
		assert.match(result.next, /next: cutover schema apply$/);
	});

	it("names a migration that a newer program made, and so does status", async () => {
		await migrated();
		await onTarget(
			"INSERT INTO cutover.migrations (name, run_on) VALUES ('9001_future', now())",
		);
		const result = await diff();
		assert.equal(result.outcome, "failed");
		assert.deepEqual(result.checks[0]?.details, [
			"unexpected: 9001_future, which a newer program made; do: use that version of cutover",
		]);
		const status = await schemaStatus({ target: target() });
		assert.equal(status.outcome, "failed");
		assert.deepEqual(status.checks[0]?.details, [
			"unknown, made by a newer program: 9001_future",
		]);
	});

	it("calls what a load has taken away deferred, and what else is gone missing", async () => {
		await migrated();
		await onTarget(
			`INSERT INTO cutover.deferred VALUES
				(0, 'index', 'CREATE INDEX idx_workflows_user_id ON public.workflows USING btree (user_id)'),
				(1, 'constraint', 'ALTER TABLE auth.identities ADD CONSTRAINT identities_provider_id_provider_unique UNIQUE (provider_id, provider)'),
				(2, 'foreign key', 'ALTER TABLE workflow_steps ADD CONSTRAINT workflow_steps_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflows(id) ON DELETE CASCADE');
			DROP INDEX public.idx_workflows_user_id;
			ALTER TABLE auth.identities DROP CONSTRAINT identities_provider_id_provider_unique;
			ALTER TABLE public.workflow_steps DROP CONSTRAINT workflow_steps_workflow_id_fkey`,
		);
		const remedy =
			"do: the load makes it again at its end; next: cutover convert";
		const deferred = [
			`deferred by the running load: index public.idx_workflows_user_id on public.workflows; ${remedy}`,
			`deferred by the running load: constraint identities_provider_id_provider_unique on auth.identities; ${remedy}`,
			`deferred by the running load: constraint workflow_steps_workflow_id_fkey on public.workflow_steps; ${remedy}`,
		];
		const result = await diff();
		assert.deepEqual(linesOf(result), deferred);
		assert.equal(result.outcome, "inconclusive");
		assert.match(result.next, /a load has 3 indexes and constraints to make/);

		await onTarget("DROP INDEX public.idx_files_user_id");
		const worse = await diff();
		assert.equal(worse.outcome, "failed");
		assert.equal(
			linesOf(worse).filter((line) => line.startsWith("missing:")).length,
			1,
		);
	});

	it("knows everything that a conversion really takes away", async () => {
		await migrated();
		const before = await server.query<{ count: number }>(
			database,
			"SELECT count(*)::int AS count FROM cutover.deferred",
		);
		assert.deepEqual(before, [{ count: 0 }]);
		await withSession(target(), { what: "target" }, (session) =>
			deferIndexes(session, targetTables(trustedLogin)),
		);
		const [taken] = await onTarget(
			// A key is an index and a constraint, a foreign key is made and proved: one line each.
			"SELECT count(*)::int AS count FROM cutover.deferred WHERE kind IN ('index', 'foreign key')",
		);
		const found = await lines();
		assert.ok(found.length > 10);
		assert.equal(found.length, taken?.count);
		assert.deepEqual(
			found.filter((line) => !line.startsWith("deferred by the running load")),
			[],
		);
	});

	it("looks at the application's login role when it is named", async () => {
		await migrated();
		await server.query("postgres", "CREATE ROLE the_app NOLOGIN");
		await server.query("postgres", "GRANT anon, authenticated TO the_app");
		assert.deepEqual(linesOf(await diff("the_app")), [
			"different: role the_app, sign-in: expected allowed, got no; do: ALTER ROLE the_app LOGIN",
			"missing: membership of the_app in service_role; do: GRANT service_role TO the_app",
		]);
		assert.deepEqual(linesOf(await diff("nobody")), [
			"missing: role nobody; do: CREATE ROLE nobody LOGIN",
		]);
	});

	it("asks a database of Supabase Auth only for what the conversion needs", async () => {
		await empty();
		await onTarget(supabaseAuth);
		assert.equal((await apply()).outcome, "passed");
		assert.deepEqual(await lines(), []);
		await onTarget(
			`ALTER TABLE auth.users ALTER aud TYPE text, DROP COLUMN recovery_token;
			DROP INDEX auth.users_email_partial_key`,
		);
		assert.deepEqual(await lines(), [
			"missing: column auth.users.recovery_token; do: ALTER TABLE auth.users ADD COLUMN recovery_token character varying(255) NOT NULL; its values, if there were any, are in the backup",
			"different: column auth.users.aud, type: expected character varying(255), got text; do: ALTER TABLE auth.users ALTER aud TYPE character varying(255); this rewrites the table behind a lock when the values change",
			"missing: index auth.users_email_partial_key on auth.users: expected CREATE UNIQUE INDEX ON auth.users USING btree (email) WHERE (is_sso_user = false); do: CREATE UNIQUE INDEX CONCURRENTLY users_email_partial_key ON auth.users USING btree (email) WHERE (is_sso_user = false)",
		]);
	});

	it("says so when the login may not look", async () => {
		await migrated();
		await server.query("postgres", "CREATE ROLE stranger LOGIN");
		await assert.rejects(
			schemaDiff({
				target: server.url(database, "stranger"),
				reportDir: folder,
			}),
			/the login "stranger" may not look at the target's schema: permission denied for schema cutover; use the login that owns it/,
		);
	});

	describe("on a later PostgreSQL", () => {
		let later: TestServer;
		let binaries: Awaited<ReturnType<typeof laterPostgres>>;
		before(async function () {
			this.timeout(300_000);
			binaries = await laterPostgres();
			later = await startPostgres({ binaries: binaries.folder });
		});
		after(async () => {
			await later?.stop();
			await binaries?.remove();
		});

		it("expects the very same, and the login that made the roles may act as them", async () => {
			assert.deepEqual(await describeMigrations(later), description);
			const url = later.url("described", "describer");
			const result = await schemaDiff({ target: url, reportDir: folder });
			assert.equal(result.outcome, "passed");
			assert.ok(
				Number.parseInt(String(result.facts?.serverVersion), 10) > 15,
				String(result.facts?.serverVersion),
			);
			await later.query(
				"described",
				"SET SESSION AUTHORIZATION describer; SET ROLE authenticated",
			);
		});

		it("names what only a later server can have", async () => {
			await later.query(
				"described",
				`ALTER TABLE public.workflows ADD COLUMN shout text GENERATED ALWAYS AS (upper(name)) VIRTUAL;
				ALTER TABLE public.files ALTER storage_key DROP NOT NULL;
				ALTER TABLE public.files ADD CONSTRAINT has_key NOT NULL storage_key NOT VALID`,
			);
			const result = await schemaDiff({
				target: later.url("described", "describer"),
				reportDir: folder,
			});
			assert.deepEqual(linesOf(result), [
				"different: column public.files.storage_key, nullable: expected no, got no, NOT VALID; do: ALTER TABLE public.files ALTER storage_key SET NOT NULL",
				"unexpected: column public.workflows.shout; do: keep it if somebody needs it, else ALTER TABLE public.workflows DROP COLUMN shout (its values go with it)",
			]);
		});
	});
});

/** The SQL of a line's remedy, statement by statement: some may not share a transaction with others. */
function statementsIn(line: string): readonly string[] {
	const remedy = line.slice(line.lastIndexOf("; do: ") + "; do: ".length);
	const sql = /\b(?:ALTER|BEGIN|CREATE|DROP|GRANT|REVOKE|REINDEX)\b.*/.exec(
		remedy,
	)?.[0];
	assert.ok(sql !== undefined, `no statement in ${remedy}`);
	const whole = sql.replace(
		/ \(its values go with it\)$| after saving its rows$/,
		"",
	);
	if (whole.startsWith("BEGIN")) return [whole];
	return whole.split("; ").filter((part) => /^[A-Z]{4,}/.test(part));
}

/** The parts of Supabase Auth's tables that matter here, with more of its own around them. */
const supabaseAuth = `
	CREATE SCHEMA auth;
	GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role, master;
	CREATE TABLE auth.schema_migrations (version varchar(255) PRIMARY KEY);
	CREATE TABLE auth.users (
		instance_id uuid, id uuid NOT NULL PRIMARY KEY, aud varchar(255), role varchar(255), email varchar(255),
		encrypted_password varchar(255), email_confirmed_at timestamptz, invited_at timestamptz,
		confirmation_token varchar(255), recovery_token varchar(255) NOT NULL, email_change_token_new varchar(255),
		email_change varchar(255), last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb,
		created_at timestamptz, updated_at timestamptz, is_sso_user boolean NOT NULL DEFAULT false);
	CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE (is_sso_user = false);
	CREATE INDEX users_instance_id_idx ON auth.users (instance_id);
	ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
	CREATE TABLE auth.identities (
		provider_id text NOT NULL, user_id uuid NOT NULL, identity_data jsonb NOT NULL, provider text NOT NULL,
		last_sign_in_at timestamptz, created_at timestamptz, updated_at timestamptz, id uuid PRIMARY KEY,
		CONSTRAINT identities_provider_id_provider_unique UNIQUE (provider_id, provider));
	CREATE TYPE auth.factor_type AS ENUM ('totp', 'webauthn');
	CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
	CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL';
	GRANT ALL ON auth.users, auth.identities TO master;
	ALTER DEFAULT PRIVILEGES FOR ROLE master IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;`;
