import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { withSession } from "../../cutover/src/adapters/postgres.ts";
import { confirmed } from "../../cutover/src/confirm.ts";
import { applySchema } from "../../cutover/src/schema/apply.ts";
import { readCatalog } from "../../cutover/src/schema/catalog.ts";
import { description } from "../../cutover/src/schema/description.ts";
import { schemaDiff } from "../../cutover/src/schema/diff.ts";
import { defaultPatience } from "../../cutover/src/schema/lock.ts";
import {
	type RollbackPorts,
	rollbackSchema,
	schemaRollbackSettings,
} from "../../cutover/src/schema/rollback.ts";
import { listener, noSecrets } from "./cutoverFixture.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

const everything = Object.keys(description.migrations);
/** Short waits: what is waited for ends by itself or never. */
const patience = {
	...defaultPatience,
	lockTimeoutMs: 100,
	lockTries: 3,
	pauseMs: 50,
	runWaitMs: 300,
};

describe("cutover schema apply and rollback", function () {
	this.timeout(60_000);
	let server: TestServer;
	let folder: string;
	let database: string;
	let made = 0;
	const { said, talk } = listener();
	const signal = new AbortController().signal;
	const sessions: pg.Client[] = [];

	before(async () => {
		server = await startPostgres();
		folder = await mkdtemp(join(tmpdir(), "cutover-schema-"));
		await server.query(
			"postgres",
			"CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'master'; GRANT pg_monitor TO master",
		);
	});
	after(async () => {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	});
	beforeEach(async () => {
		said.length = 0;
		made += 1;
		database = `target_${made}`;
		await server.query("postgres", `CREATE DATABASE ${database} OWNER master`);
	});
	afterEach(async () => {
		for (const session of sessions.splice(0)) {
			await session.end().catch(() => undefined);
		}
	});

	const target = () => server.url(database, "master", "master");
	const onTarget = (sql: string) => server.query(database, sql);
	const apply = (dryRun = false) =>
		applySchema(
			{ target: target(), dryRun },
			noSecrets,
			talk,
			signal,
			patience,
		);
	const rollback = (options: object = {}, ports: Partial<RollbackPorts> = {}) =>
		rollbackSchema(
			schemaRollbackSettings.parse({
				target: target(),
				reportDir: folder,
				...options,
			}),
			{ confirm: confirmed, talk, signal, patience, ...ports },
		);
	const applied = async () => {
		const [known] = await onTarget(
			"SELECT to_regclass('cutover.migrations') IS NOT NULL AS there",
		);
		if (known?.there !== true) return [];
		const rows = await onTarget(
			"SELECT name FROM cutover.migrations ORDER BY id",
		);
		return rows.map((row) => row.name);
	};
	const catalog = () =>
		withSession(target(), { what: "target" }, async (session) =>
			(await readCatalog(session)).objects.filter(
				(object) => object.kind !== "role",
			),
		);
	const differences = async () => {
		const result = await schemaDiff({ target: target(), reportDir: folder });
		return result.checks.flatMap((check) => check.details ?? []);
	};
	/** A session of somebody else, closed after the test. */
	async function other(sql: string): Promise<pg.Client> {
		const client = new pg.Client({
			connectionString: server.url(database),
			application_name: "somebody",
		});
		client.on("error", () => undefined);
		await client.connect();
		sessions.push(client);
		await client.query(sql);
		return client;
	}

	describe("apply", () => {
		it("says what it would apply and changes nothing", async () => {
			const before = await catalog();
			const result = await apply(true);
			assert.equal(
				result.checks[0]?.actual,
				`would apply ${everything.join(", ")}`,
			);
			assert.deepEqual(await catalog(), before);
			await apply();
			assert.equal(
				(await apply(true)).checks[0]?.actual,
				"already up to date, nothing to apply",
			);
		});

		it("leaves nothing behind when a migration fails", async () => {
			await onTarget("CREATE TABLE public.workflow_steps (id integer)");
			const before = await catalog();
			await assert.rejects(
				apply(),
				/^Error: the schema could not be changed: relation "workflow_steps" already exists; nothing was changed$/,
			);
			assert.deepEqual(await catalog(), before);
			await onTarget("DROP TABLE public.workflow_steps");
			await apply();
			assert.deepEqual(await differences(), []);
		});

		it("does its work once when two are started at the same time", async () => {
			const results = await Promise.all([
				applySchema({ target: target() }, noSecrets, talk),
				applySchema({ target: target() }, noSecrets, talk),
			]);
			assert.deepEqual(results.map((result) => result.facts?.applied).sort(), [
				[],
				everything,
			]);
			assert.deepEqual(await differences(), []);
		});

		it("names who changes the schema when that does not end", async () => {
			await other("SELECT pg_advisory_lock(7241865325823964)");
			await assert.rejects(
				apply(),
				/the schema is being changed by somebody process \d+ from 127\.0\.0\.1 since 20.*; wait for it or end it; nothing was changed/,
			);
		});

		it("lets users of a busy table go on, and names them when it gives up", async () => {
			await apply();
			await rollback({ to: 2 });
			const writer = await other(
				"BEGIN; INSERT INTO auth.users (email) VALUES ('a@example.com')",
			);
			const trying = apply().catch((error: unknown) => error);
			// Everybody who comes behind the waiting migration gets through between its tries.
			for (let at = 0; at < 5; at += 1) {
				await onTarget(
					`SET lock_timeout = '5s'; INSERT INTO auth.users (email) VALUES ('b${at}@example.com')`,
				);
			}
			assert.match(
				String(await trying),
				/the tables are in use, 3 tries of 0\.1 s each got no lock: somebody process \d+ as postgres holds auth\.users for \d+ s; end it or come back at a quieter time; nothing was changed/,
			);
			assert.deepEqual(await applied(), everything.slice(0, 2));
			await writer.query("COMMIT");
			await apply();
			assert.deepEqual(await differences(), []);
		});

		it("goes on by itself when the busy table becomes free", async () => {
			await apply();
			await rollback({ to: 2 });
			const writer = await other("BEGIN; LOCK auth.users IN EXCLUSIVE MODE");
			const trying = applySchema(
				{ target: target() },
				noSecrets,
				{
					...talk,
					say: (line) => {
						said.push(line);
						if (/in use/.test(line)) void writer.query("COMMIT");
					},
				},
				signal,
				{ ...patience, lockTries: 100 },
			);
			assert.deepEqual((await trying).facts?.applied, everything.slice(2));
			assert.match(
				said.join("\n"),
				/the tables are in use \(somebody process \d+ as postgres holds auth\.users .*\); letting them go on, try 2 of 100/,
			);
		});

		it("refuses a schema that a newer program made, and so does rollback", async () => {
			await apply();
			await onTarget(
				"INSERT INTO cutover.migrations (name, run_on) VALUES ('9001_future', now()), ('9002_later', now())",
			);
			const message =
				/the target's schema is newer than this program: expected no migration beyond its own, got 9001_future, 9002_later; use the version of cutover that brought them; nothing was changed/;
			await assert.rejects(apply(), message);
			await assert.rejects(apply(true), message);
			await assert.rejects(rollback(), message);
		});

		it("refuses a record of migrations with a gap", async () => {
			await apply();
			await onTarget("DELETE FROM cutover.migrations WHERE name = '2_auth'");
			await assert.rejects(
				apply(),
				/the target holds \d_\w+ without 2_auth before it; somebody changed cutover\.migrations by hand/,
			);
		});
	});

	describe("rollback", () => {
		it("undoes one step, and all of them, and leaves the database as it was", async () => {
			const before = await catalog();
			await apply();
			const one = await rollback();
			assert.equal(one.outcome, "passed");
			assert.ok(
				one.next.startsWith(
					`The target's schema is at ${everything.at(-2)} (${folder}/schema-rollback.md); next: cutover schema apply`,
				),
				one.next,
			);
			assert.deepEqual(await applied(), everything.slice(0, -1));
			assert.deepEqual(
				await onTarget(
					"SELECT event, detail->>'undone' AS undone FROM cutover.journal",
				),
				[{ event: "schema rollback", undone: everything.at(-1) }],
			);

			const all = await rollback({ to: 0 });
			assert.deepEqual(
				all.checks.map(({ name, outcome }) => [name, outcome]),
				everything
					.slice(0, -1)
					.toReversed()
					.map((name) => [name, "passed"]),
			);
			assert.match(all.next, /^The target holds no migration any more/);
			assert.deepEqual(await catalog(), before);
			const report = JSON.parse(
				await readFile(join(folder, "schema-rollback.json"), "utf8"),
			);
			assert.deepEqual(
				report.journal.map((entry: { undone: string }) => entry.undone),
				everything.toReversed(),
			);
			assert.deepEqual(report.stays, [
				"the roles anon, authenticated, service_role stay: they belong to the server, and other databases may use them",
			]);

			const again = await rollback({ to: 0 });
			assert.equal(
				again.checks[0]?.actual,
				"no migration is applied, nothing to undo",
			);
		});

		it("ends, after going forward again, in a schema without a difference", async () => {
			await apply();
			for (const to of [3, 2, 1, 0]) {
				await rollback({ to });
				await apply();
				assert.deepEqual(await differences(), [], `after --to ${to}`);
			}
		});

		it("says what it would undo and changes nothing", async () => {
			await apply();
			const before = await catalog();
			const result = await rollback(
				{ to: 1, dryRun: true },
				{ confirm: () => assert.fail("nobody is asked") },
			);
			assert.equal(result.outcome, "passed");
			assert.deepEqual(
				result.checks.slice(-3).map(({ name, actual }) => `${name}: ${actual}`),
				[
					"4_capture: would go: table cutover.capture, column cutover.conversion.counted_at, column cutover.conversion.plan_hash, column cutover.quarantine.address",
					"3_public: would go: table public.files, table public.profiles, table public.workflow_steps, table public.workflows",
					"2_auth: would go: table auth.identities, table auth.users, function auth.uid()",
				],
			);
			assert.match(
				result.next,
				/^Dry run, nothing was undone on target_\d+ at 127\.0\.0\.1:\d+; next: the same command without --dry-run$/,
			);
			assert.deepEqual(await catalog(), before);
		});

		it("names what it will undo, and where, and stops when that is not confirmed", async () => {
			await apply();
			await assert.rejects(
				rollback(
					{ to: 2 },
					{
						confirm: async ({ what, word }) => {
							assert.match(
								what,
								/^This undoes 4_capture \(.*\); 3_public \(table public\.files, .*\) on target_\d+ at 127\.0\.0\.1:\d+$/,
							);
							assert.equal(word, database);
							throw new Error("not confirmed");
						},
					},
				),
				/not confirmed/,
			);
			assert.deepEqual(await applied(), everything);
		});

		it("begins nothing while a table of any step holds rows, and names each of them", async () => {
			await apply();
			await onTarget(
				`INSERT INTO auth.users (email) SELECT i || '@example.com' FROM generate_series(1, 1001) i;
				INSERT INTO cutover.quarantine (source_table, source_id, reason, source_row, address) VALUES ('legacy_users', 1, 'duplicate', '{}', 'a@example.com');
				INSERT INTO cutover.journal (event) VALUES ('convert started')`,
			);
			const before = await catalog();
			const result = await rollback({ to: 0 });
			assert.equal(result.outcome, "failed");
			const way = (table: string, rows: string) =>
				`${table} holds ${rows}; save them (pg_dump --data-only --table=${table}) and delete them, or leave the schema as it is`;
			assert.deepEqual(
				result.checks
					.slice(-4)
					.map(({ outcome, details }) => [outcome, details]),
				[
					[
						"failed",
						[
							`4_capture: ${way("cutover.quarantine", "values in address of 1 row")}`,
						],
					],
					["not run", []],
					["failed", [`2_auth: ${way("auth.users", "more than 1,000 rows")}`]],
					[
						"failed",
						[
							`1_cutover-schema: ${way("cutover.journal", "1 row")}`,
							`1_cutover-schema: ${way("cutover.quarantine", "1 row")}`,
						],
					],
				],
			);
			assert.match(result.next, /a rollback never destroys rows/);
			assert.deepEqual(await catalog(), before);
		});

		const tables = description.objects.filter(
			({ kind, name }) => kind === "table" && name !== "cutover.migrations",
		);
		for (const { name: table } of tables) {
			it(`never drops a row of ${table}, also one that comes at the last moment`, async () => {
				await apply();
				const insert = await oneRow(table);
				const result = await rollback(
					{ to: 0 },
					// Everything was empty when it was looked into; the answer takes a while.
					{ confirm: async () => void (await onTarget(insert)) },
				);
				assert.equal(result.outcome, "failed");
				const [stopped] = result.checks.filter(
					(check) => check.outcome === "failed",
				);
				assert.match(
					stopped?.actual ?? "",
					new RegExp(
						`^the schema could not be changed: rows in ${table.replace(".", "\\.")}; export what is needed and delete the rows first; nothing was changed$`,
					),
				);
				const [row] = await onTarget(
					`SELECT count(*)::int AS count FROM ${table} ${table === "cutover.journal" ? "WHERE event <> 'schema rollback'" : ""}`,
				);
				assert.equal(row?.count, 1);
				await apply();
				assert.deepEqual(await differences(), []);
			});
		}

		/** A row of its own for each table: foreign keys are out of the way. */
		async function oneRow(table: string): Promise<string> {
			const rows = await onTarget(
				`SELECT string_agg(quote_ident(attname), ', ') AS names, string_agg(CASE
					WHEN format_type(atttypid, NULL) = 'uuid' THEN 'gen_random_uuid()'
					WHEN attname = 'kind' THEN '''index'''
					WHEN attname = 'direction' THEN '''forward'''
					WHEN format_type(atttypid, NULL) IN ('text', 'character varying') THEN '''x'''
					WHEN format_type(atttypid, NULL) = 'jsonb' THEN '''{}'''
					WHEN format_type(atttypid, NULL) = 'timestamp with time zone' THEN 'now()'
					WHEN format_type(atttypid, NULL) = 'pg_lsn' THEN '''0/1'''
					WHEN format_type(atttypid, NULL) = 'xid8' THEN '''1''::xid8'
					ELSE '1' END, ', ') AS values
				FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND attnotnull AND attidentity = '' AND NOT atthasdef`,
			);
			const { names, values } = rows[0] ?? {};
			return `SET session_replication_role = replica; INSERT INTO ${table} ${names === null ? "DEFAULT VALUES" : `(${names}) VALUES (${values})`}`;
		}

		it("never drops a value of a column that it added to a table, also one that comes at the last moment", async () => {
			await apply();
			const insert =
				"INSERT INTO cutover.quarantine (source_table, source_id, reason, source_row, address) VALUES ('t', 1, 'r', '{}', 'a@example.com')";
			const result = await rollback(
				{ to: 3 },
				{ confirm: async () => void (await onTarget(insert)) },
			);
			assert.equal(
				result.checks.at(-1)?.actual,
				"the schema could not be changed: rows in cutover.quarantine (address); export what is needed and delete the rows first; nothing was changed",
			);
			assert.deepEqual(await differences(), []);
		});

		it("takes a table for filled whose rows a policy hides", async () => {
			await apply();
			await onTarget(
				`INSERT INTO auth.users (id) VALUES (gen_random_uuid());
				INSERT INTO public.profiles (id) SELECT id FROM auth.users;
				ALTER TABLE public.profiles FORCE ROW LEVEL SECURITY`,
			);
			const result = await rollback({ to: 2 });
			assert.match(
				result.checks.at(-1)?.details?.[0] ?? "",
				/public\.profiles cannot be looked into by this login, so it counts as filled; .* ALTER TABLE public\.profiles NO FORCE ROW LEVEL SECURITY$/,
			);
			assert.deepEqual(await applied(), everything);
		});

		it("keeps a step that something else rests on, and says what", async () => {
			await apply();
			await onTarget(
				"CREATE VIEW public.names AS SELECT username FROM public.profiles",
			);
			const result = await rollback({ to: 0 });
			const stopped = result.checks.slice(-3);
			assert.deepEqual(
				stopped.map((check) => check.outcome),
				["failed", "not run", "not run"],
			);
			assert.match(
				stopped[0]?.actual ?? "",
				/^the schema could not be changed: cannot drop .* because other objects depend on .* \(view names depends on table profiles\); nothing was changed$/,
			);
			assert.match(
				result.next,
				/^The target's schema is at 3_public: not ever/,
			);
			assert.match(result.next, /then cutover schema rollback --to 0$/);
			assert.deepEqual(await applied(), everything.slice(0, 3));
		});

		it("refuses while the target is live", async () => {
			await apply();
			await onTarget("INSERT INTO cutover.journal (event) VALUES ('live')");
			await assert.rejects(
				rollback({ dryRun: true }),
				/the target has been live since 20.*: users work on this schema; take the traffic back to legacy first/,
			);
			assert.deepEqual(await applied(), everything);
		});

		it("refuses while a conversion is at work", async () => {
			await apply();
			await other(
				"SELECT pg_advisory_lock(hashtextextended('cutover convert', 0))",
			);
			await assert.rejects(
				rollback(),
				/another conversion of this target is running \(process \d+ .*\)/,
			);
			assert.deepEqual(await applied(), everything);
		});

		it("undoes one step only when two are started at the same time", async () => {
			await apply();
			const results = await Promise.all([
				rollback({}, { patience: defaultPatience }),
				rollback({}, { patience: defaultPatience }),
			]);
			assert.deepEqual(results.map((result) => result.facts?.undone).sort(), [
				[],
				everything.slice(-1),
			]);
			assert.deepEqual(await applied(), everything.slice(0, -1));
		});

		it("leaves tables of auth that it did not make", async () => {
			await onTarget(
				"SET ROLE master; CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY); CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
			);
			const before = await catalog();
			await apply();
			assert.equal(
				(await rollback({ to: 0, dryRun: true })).checks.at(-2)?.actual,
				"would go: nothing, the tables of auth were made by somebody else",
			);
			const result = await rollback({ to: 0 });
			assert.equal(result.outcome, "passed");
			assert.equal(
				(result.facts?.stays as string[] | undefined)?.at(-1),
				"the tables of auth stay: this program did not make them",
			);
			assert.deepEqual(await catalog(), before);
		});

		it("refuses a number that no migration has", async () => {
			await apply();
			await rollback({ to: 1 });
			await assert.rejects(rollback({ to: 0, steps: 1 }), /exclude each other/);
			assert.equal((await rollback({ to: 2 })).outcome, "passed");
			assert.deepEqual(await applied(), ["1_cutover-schema"]);
		});

		it("is either done with a step or has not begun it when killed, and goes on when run again", async () => {
			await apply();
			const before = await catalog();
			// One reader per step makes it stand still there, long enough to be killed.
			for (const [table, left] of [
				["public.workflows", 3],
				["auth.identities", 2],
				["cutover.checkpoint", 1],
			] as const) {
				const reader = await other(`BEGIN; SELECT FROM ${table}`);
				const run = spawn(
					process.execPath,
					[
						...["cutover/bin/cutover.mjs", "schema", "rollback"],
						...["--to", "0", "--yes", "--report-dir", folder],
					],
					{
						env: { ...process.env, TARGET_DATABASE_URL: target() },
						stdio: "ignore",
					},
				);
				const ended = new Promise((resolve) => run.once("exit", resolve));
				await untilWaiting(run.exitCode === null);
				run.kill("SIGKILL");
				await ended;
				assert.deepEqual(await applied(), everything.slice(0, left));
				await reader.query("COMMIT");
			}
			await rollback({ to: 0 }, { patience: defaultPatience });
			assert.equal(
				(await catalog()).some((one) => one.of === "schema public"),
				false,
			);
			await apply();
			assert.deepEqual(await catalog(), before);
		});

		async function untilWaiting(isRunning: boolean): Promise<void> {
			assert.ok(isRunning);
			for (let tries = 0; tries < 600; tries += 1) {
				const rows = await server.query(
					"postgres",
					"SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE application_name = 'cutover schema rollback' AND locktype = 'relation' AND NOT granted",
				);
				if (rows.length > 0) return;
				await sleep(50);
			}
			assert.fail("the rollback never waited for the table");
		}
	});
});
