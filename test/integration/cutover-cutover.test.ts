import assert from "node:assert/strict";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bcrypt } from "hash-wasm";
import pg from "pg";
import type { z } from "zod";
import { silentTalk } from "../../cutover/src/console.ts";
import { fence } from "../../cutover/src/fence/run.ts";
import { finalSync } from "../../cutover/src/finalSync/run.ts";
import { finalSyncSchema } from "../../cutover/src/finalSync/settings.ts";
import { applySchema } from "../../cutover/src/schema/apply.ts";
import { schemaStatus } from "../../cutover/src/schema/status.ts";
import { validate } from "../../cutover/src/validate/run.ts";
import { validateSchema } from "../../cutover/src/validate/settings.ts";
import {
	createPair,
	dropPair,
	hangLastWord,
	type Pair,
	runConvert,
	soundUsers,
	startMigrationServer,
	startVerb,
	until,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

describe("cutover to the target", function () {
	this.timeout(60_000);
	let server: TestServer;
	let pair: Pair;
	const never = new AbortController().signal;

	before(async () => {
		server = await startMigrationServer();
	});
	after(() => server.stop());
	afterEach(() => dropPair(pair));

	const onSource = (sql: string) => server.query(pair.sourceName, sql);
	const onTarget = (sql: string) => server.query(pair.targetName, sql);
	const journal = async () =>
		(await onTarget("SELECT event FROM cutover.journal ORDER BY id")).map(
			(row) => row.event,
		);
	const settings = () => ({
		source: pair.source,
		target: pair.target,
		reportDir: join(pair.folder, "reports"),
	});
	const runValidate = (options: Partial<z.input<typeof validateSchema>> = {}) =>
		validate(validateSchema.parse({ ...settings(), ...options }));
	const runFinalSync = (options: object = {}, signal = never) =>
		finalSync(
			finalSyncSchema.parse({ ...settings(), ...options }),
			silentTalk,
			signal,
		);

	async function loaded(users = 5): Promise<void> {
		pair = await createPair(server, { seed: soundUsers(users) });
		await runConvert(pair);
	}

	/** A session of the legacy application. */
	async function asApplication<T>(
		work: (client: pg.Client) => Promise<T>,
	): Promise<T> {
		const client = new pg.Client(
			server.url(pair.sourceName, "legacy_app", "legacy"),
		);
		client.on("error", () => undefined);
		await client.connect();
		try {
			return await work(client);
		} finally {
			await client.end().catch(() => undefined);
		}
	}

	describe("schema apply", () => {
		it("makes the application's role once and keeps a URL that works", async () => {
			pair = await createPair(server);
			const stored = new Map<string, string>();
			const writes: string[] = [];
			const secrets = {
				read: async (id: string) => stored.get(id),
				write: async (id: string, value: string) => {
					stored.set(id, value);
					writes.push(value);
				},
			};
			const wanted = {
				target: pair.target,
				appRole: "the_app",
				appSecretId: "s",
			};
			await applySchema(wanted, secrets, silentTalk);
			await applySchema(wanted, secrets, silentTalk);
			assert.equal(writes.length, 1);
			const client = new pg.Client(writes[0]);
			await client.connect();
			await client.query(
				"INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'new@example.com'); INSERT INTO public.profiles (id) SELECT id FROM auth.users; UPDATE public.profiles SET username = 'new'",
			);
			const { rows } = await client.query(
				"SELECT username FROM public.profiles",
			);
			assert.deepEqual(rows, [{ username: "new" }]);
			await client.end();

			stored.set("s", "postgresql://the_app:wrong@127.0.0.1:1/x");
			await applySchema(wanted, secrets, silentTalk);
			assert.equal(writes.length, 2);
		});

		it("says what is missing, and can be rolled back while no user is there", async () => {
			pair = await createPair(server);
			assert.equal((await schemaStatus(pair)).outcome, "passed");
			await onTarget("DELETE FROM cutover.migrations WHERE name = '3_public'");
			const status = await schemaStatus(pair);
			assert.deepEqual(status.checks[0]?.details, ["missing: 3_public"]);
		});

		it("leaves tables of Supabase Auth alone and makes only the others", async () => {
			pair = await createPair(server);
			await onTarget("CREATE DATABASE supabase_like OWNER master");
			await server.query(
				"supabase_like",
				`CREATE SCHEMA auth; CREATE TABLE auth.schema_migrations (version text);
				CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255), is_sso_user boolean NOT NULL DEFAULT false);
				GRANT USAGE ON SCHEMA auth TO master; GRANT ALL ON auth.users TO master;
				CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'`,
			);
			const target = server.url("supabase_like", "master", "master");
			await applySchema(
				{ target },
				{ read: async () => undefined, write: async () => undefined },
				silentTalk,
			);
			const [columns] = await server.query(
				"supabase_like",
				"SELECT count(*)::int AS columns, to_regclass('auth.identities') AS identities, to_regclass('public.workflows')::text AS workflows FROM pg_attribute WHERE attrelid = 'auth.users'::regclass AND attnum > 0",
			);
			assert.deepEqual(columns, {
				columns: 3,
				identities: null,
				workflows: "workflows",
			});
		});
	});

	describe("validate", () => {
		/** Without the rows: nearly every fault is one of theirs too. */
		const failing = async (name: string, detail: RegExp) => {
			const result = await runValidate({ rows: "none" });
			assert.equal(result.outcome, "failed");
			const bad = result.checks.filter((check) => check.outcome === "failed");
			assert.deepEqual(
				bad.map((check) => check.name),
				[name],
			);
			assert.match(
				[bad[0]?.actual, ...(bad[0]?.details ?? [])].join("\n"),
				detail,
			);
			const report = await readFile(
				join(pair.folder, "reports/validate.md"),
				"utf8",
			);
			assert.match(report, /^# Validation of the migration: FAIL/);
			assert.match(report, detail);
		};

		it("passes after a conversion, and writes both reports", async () => {
			await loaded();
			const result = await runValidate();
			assert.equal(result.outcome, "passed");
			const json = JSON.parse(
				await readFile(join(pair.folder, "reports/validate.json"), "utf8"),
			);
			assert.equal(json.outcome, "passed");
			assert.equal(json.checks.length, result.checks.length);
		});

		it("names a changed field in the report, and every one of many in a list for its owner only", async () => {
			await loaded(30);
			await onTarget("UPDATE public.workflows SET is_active = false");
			const result = await runValidate();
			const check = result.checks.find(
				({ name }) => name === "rows of workflows",
			);
			assert.equal(check?.outcome, "failed");
			assert.equal(check?.details?.length, 20);
			const list = join(pair.folder, "reports/validate-rows.jsonl");
			assert.equal(check?.actual, `60 faults in 60 rows; all of them: ${list}`);
			assert.match(
				await readFile(join(pair.folder, "reports/validate.md"), "utf8"),
				/public\.workflows of workflows 1: is_active is "f", expected "t"/,
			);
			const lines = (await readFile(list, "utf8")).trim().split("\n");
			assert.equal(lines.length, 60);
			assert.deepEqual(JSON.parse(lines[0] ?? ""), {
				table: "public.workflows",
				source: "workflows",
				id: "1",
				kind: "differs",
				column: "is_active",
				expected: '"t"',
				actual: '"f"',
			});
			assert.equal((await stat(list)).mode & 0o777, 0o600);
		});

		it("does not compare rows when it is told not to, and says so", async () => {
			await loaded();
			const result = await runValidate({ rows: "none" });
			assert.equal(result.outcome, "passed");
			const check = result.checks.find(({ name }) => name === "rows");
			assert.equal(check?.outcome, "not run");
		});

		it("refuses a share of rows that makes no sense", () => {
			assert.throws(
				() => runValidate({ rows: "150%" }),
				/all, none or a share/,
			);
		});

		it("counts users born on the target apart", async () => {
			await loaded();
			await onTarget(
				"INSERT INTO auth.users (email) VALUES ('born@example.com')",
			);
			const result = await runValidate();
			assert.equal(
				result.checks[0]?.actual,
				"6 in auth.users − 1 born there = 5",
			);
			assert.equal(result.checks[0]?.outcome, "passed");
		});

		it("finds a lost user", async () => {
			await loaded();
			await onTarget(
				"SET session_replication_role = replica; DELETE FROM public.profiles WHERE id = (SELECT user_id FROM cutover.identity_map WHERE legacy_id = 3); DELETE FROM public.workflow_steps WHERE workflow_id IN (5, 6); DELETE FROM public.workflows WHERE id IN (5, 6); DELETE FROM auth.users WHERE id = (SELECT user_id FROM cutover.identity_map WHERE legacy_id = 3); INSERT INTO cutover.quarantine SELECT 'workflows', i, '', '{}' FROM generate_series(5, 6) i; INSERT INTO cutover.quarantine SELECT 'workflow_steps', i, '', '{}' FROM generate_series(9, 12) i",
			);
			await failing("user count", /user missing: legacy_users 3/);
		});

		it("finds two users with the same e-mail", async () => {
			await loaded();
			await onTarget(
				"DROP INDEX auth.users_email_partial_key; UPDATE auth.users SET email = 'USER1@example.com' WHERE email = 'user2@example.com'",
			);
			await failing("e-mail uniqueness", /2 users share user1@example\.com/);
		});

		it("finds orphans", async () => {
			await loaded();
			await onTarget(
				"ALTER TABLE public.workflow_steps DROP CONSTRAINT workflow_steps_workflow_id_fkey; UPDATE public.workflow_steps SET workflow_id = 4711 WHERE id = 7",
			);
			await failing("orphans", /step without workflow: 7/);
		});

		it("finds a missing index", async () => {
			await loaded();
			await onTarget("DROP INDEX public.idx_workflows_user_id");
			await failing(
				"indexes",
				/index missing: idx_workflows_user_id on public\.workflows \(user_id\)/,
			);
		});

		it("takes an equal index under another name", async () => {
			await loaded();
			await onTarget(
				"ALTER INDEX public.idx_workflows_user_id RENAME TO another",
			);
			assert.equal((await runValidate()).outcome, "passed");
		});

		it("finds a missing policy", async () => {
			await loaded();
			await onTarget(
				'DROP POLICY "Users can view own profile" ON public.profiles; CREATE POLICY other ON public.profiles USING (auth.uid() = id)',
			);
			await failing(
				"row-level security",
				/policy missing: "Users can view own profile" on public\.profiles/,
			);
		});

		it("finds row-level security that lets one user see another's rows", async () => {
			await loaded();
			await onTarget(
				"CREATE POLICY leak ON public.workflows FOR SELECT USING (true)",
			);
			await failing(
				"row-level security",
				/as user .*: 2 rows of user .* in public\.workflows can be seen/,
			);
		});

		it("finds row-level security that is switched off", async () => {
			await loaded();
			await onTarget("ALTER TABLE public.profiles DISABLE ROW LEVEL SECURITY");
			await failing(
				"row-level security",
				/row-level security is off on public\.profiles/,
			);
		});

		it("finds a lost step", async () => {
			await loaded();
			await onTarget("DELETE FROM public.workflow_steps WHERE id = 3");
			await failing("workflow steps", /= 19/);
		});

		it("signs canary accounts in against their hash, and fails for a wrong password", async () => {
			await loaded();
			const hash = await bcrypt({
				password: "testpassword",
				salt: Buffer.alloc(16, 1),
				costFactor: 4,
			});
			await onTarget(
				`UPDATE auth.users SET encrypted_password = '${hash.replace("$2a$", "$2b$")}' WHERE email = 'user1@example.com'`,
			);
			const file = join(pair.folder, "canaries.json");
			await writeFile(
				file,
				JSON.stringify([
					{ email: "User1@example.com", password: "testpassword" },
				]),
				{ mode: 0o600 },
			);
			assert.equal(
				(await runValidate({ canariesFile: file, rows: "none" })).outcome,
				"passed",
			);
			const result = await runValidate({
				canaries: JSON.stringify([
					{ email: "user1@example.com", password: "wr0ng" },
					{ email: "nobody@example.com", password: "wr0ng" },
				]),
			});
			const check = result.checks.find(
				({ name }) => name === "canary sign-ins",
			);
			assert.deepEqual(check?.details, [
				"user1@example.com: the stored hash is of another password",
				"nobody@example.com: no such user on the target",
			]);
			assert.ok(!JSON.stringify(result).includes("wr0ng"));
		});

		it("refuses a canary file that others can read", async () => {
			await loaded();
			const file = join(pair.folder, "canaries.json");
			await writeFile(file, "[]", { mode: 0o644 });
			const result = await runValidate({ canariesFile: file });
			const check = result.checks.find(
				({ name }) => name === "canary sign-ins",
			);
			assert.match(
				check?.actual ?? "",
				/can be read by others; run: chmod 600/,
			);
		});
	});

	describe("fence", () => {
		it("ends the application's sessions, refuses writes with 25006, and comes off again", async () => {
			await loaded();
			await asApplication(async (before) => {
				await before.query("BEGIN; UPDATE legacy_users SET username = 'half'");
				await fence("on", { ...pair, appRole: "legacy_app" });
				await assert.rejects(before.query("COMMIT"));
			});
			await asApplication(async (behind) => {
				await assert.rejects(
					behind.query("UPDATE legacy_users SET username = 'x'"),
					{ code: "25006" },
				);
				await behind.query("SELECT count(*) FROM legacy_users");
				const status = await fence("status", {
					...pair,
					appRole: "legacy_app",
				});
				assert.equal(status.facts?.fence, "on");
				await fence("off", { ...pair, appRole: "legacy_app" });
			});
			await asApplication((after) =>
				after.query("UPDATE legacy_users SET username = 'y'"),
			);
			assert.deepEqual((await journal()).slice(-2), ["fence on", "fence off"]);
		});

		it("may be put on and taken off twice", async () => {
			await loaded();
			for (const wanted of ["on", "on", "off", "off"] as const) {
				const result = await fence(wanted, { ...pair, appRole: "legacy_app" });
				assert.equal(result.outcome, "passed");
			}
			assert.deepEqual((await journal()).slice(-2), ["fence on", "fence off"]);
		});

		it("refuses a role that does not exist", async () => {
			await loaded();
			await assert.rejects(
				fence("on", { ...pair, appRole: "nobody" }),
				/the source has no role "nobody"; name the application's role with --app-role/,
			);
		});
	});

	describe("final-sync", () => {
		it("takes the rest over, validates, and declares the target live for good", async () => {
			await loaded();
			await onSource(
				"UPDATE legacy_users SET username = 'last minute' WHERE id = 2",
			);
			const result = await runFinalSync();
			assert.equal(result.outcome, "passed");
			assert.ok(Number(result.facts?.fencedSeconds) < 10);
			assert.deepEqual((await journal()).slice(-2), ["fence on", "live"]);
			const [row] = await onTarget(
				"SELECT username FROM public.profiles p JOIN cutover.identity_map m ON m.user_id = p.id WHERE legacy_id = 2",
			);
			assert.equal(row?.username, "last minute");
			await asApplication((client) =>
				assert.rejects(client.query("DELETE FROM workflow_steps"), {
					code: "25006",
				}),
			);
			const entries = await journal();
			assert.match(
				(await runFinalSync()).next,
				/^Nothing to do: cut over at 20/,
			);
			assert.match(
				(await runConvert(pair)).next,
				/^Nothing to do: cut over at/,
			);
			assert.deepEqual(await journal(), entries);
		});

		it("is live all the same when its report cannot be kept, and says all it checked in one report when it can", async () => {
			await loaded();
			const inTheWay = join(pair.folder, "reports");
			await writeFile(inTheWay, "");
			const lost = await runFinalSync();
			assert.equal(lost.outcome, "passed");
			assert.deepEqual((await journal()).slice(-2), ["fence on", "live"]);
			await rm(dirname(String([lost.facts?.reports].flat()[0])), {
				recursive: true,
			});
			await dropPair(pair);
			await loaded();
			await runFinalSync();
			const report: { checks: { name: string }[] } = JSON.parse(
				await readFile(join(pair.folder, "reports/validate.json"), "utf8"),
			);
			const names = report.checks.map(({ name }) => name);
			for (const name of ["indexes", "last pass", "user count"]) {
				assert.ok(names.includes(name), `${name} of ${names}`);
			}
		});

		it("loads everything first when nobody has converted yet", async () => {
			pair = await createPair(server, { seed: soundUsers(5) });
			assert.equal((await runFinalSync()).outcome, "passed");
		});

		it("never raises the fence when what the last rows cannot change is wrong already", async () => {
			await loaded();
			await onTarget("DROP INDEX public.idx_workflows_user_id");
			const result = await runFinalSync();
			assert.equal(result.outcome, "failed");
			assert.match(result.next, /before the fence was raised/);
			assert.ok(!(await journal()).includes("fence on"));
		});

		it("takes the fence off again when validation fails", async () => {
			await loaded();
			await onTarget(
				"DELETE FROM public.workflow_steps WHERE id = (SELECT min(id) FROM public.workflow_steps)",
			);
			const result = await runFinalSync({ rows: "none" });
			assert.equal(result.outcome, "failed");
			assert.match(result.next, /^Not cut over: .* the fence is off again/);
			assert.deepEqual((await journal()).slice(-2), ["fence on", "fence off"]);
			await asApplication((client) =>
				client.query("UPDATE legacy_users SET username = 'free'"),
			);
		});

		it("takes the fence off again when the last pass breaks", async () => {
			await loaded();
			await onTarget(
				`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
					IF new.event = 'live' THEN RAISE EXCEPTION 'disk full'; END IF; RETURN new; END $$;
				CREATE TRIGGER refuse BEFORE INSERT ON cutover.journal FOR EACH ROW EXECUTE FUNCTION refuse()`,
			);
			await assert.rejects(runFinalSync(), /disk full/);
			await asApplication((client) =>
				client.query("UPDATE legacy_users SET username = 'free'"),
			);
		});

		it("takes the fence off again when it is told to stop", async () => {
			await loaded();
			await onTarget(hangLastWord);
			const run = startVerb(pair, "final-sync");
			await until("the fence is up", () => run.said().includes("fence on:"));
			await sleep(1_000);
			run.kill("SIGTERM");
			const { exitCode, said } = await run.ended;
			assert.equal(exitCode, 1);
			assert.match(said, /the fence is off again/);
			await asApplication((client) =>
				client.query("UPDATE legacy_users SET username = 'free'"),
			);
			await onTarget("DROP TRIGGER hang ON cutover.journal");
			assert.equal((await runFinalSync()).outcome, "passed");
		});
	});
});
