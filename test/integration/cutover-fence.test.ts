import assert from "node:assert/strict";
import { join } from "node:path";
import pg from "pg";
import { silentTalk } from "../../cutover/src/console.ts";
import { InterruptedError } from "../../cutover/src/errors.ts";
import { fence } from "../../cutover/src/fence/run.ts";
import {
	release,
	wasDeclaredLive,
} from "../../cutover/src/finalSync/release.ts";
import { finalSync } from "../../cutover/src/finalSync/run.ts";
import { finalSyncSchema } from "../../cutover/src/finalSync/settings.ts";
import {
	createPair,
	dropPair,
	hangLastWord,
	listener,
	type Pair,
	runConvert,
	soundUsers,
	startMigrationServer,
	startVerb,
	until,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

const appRole = "legacy_app";
const nowhere = "postgresql://cutover@127.0.0.1:1/nowhere";
const never = new AbortController().signal;

describe("the fence on a bad night", function () {
	this.timeout(60_000);
	let server: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		pair = await createPair(server, { seed: soundUsers(3) });
		await runConvert(pair);
	});
	afterEach(() => dropPair(pair));

	const onTarget = (sql: string) => server.query(pair.targetName, sql);
	const isUp = async () =>
		(await fence("status", { ...pair, appRole })).facts?.fence === "on";
	const runFinalSync = (signal = never) =>
		finalSync(
			finalSyncSchema.parse({
				...pair,
				reportDir: join(pair.folder, "reports"),
			}),
			silentTalk,
			signal,
		);

	it("is not touched by a login that may not end the application's sessions", async () => {
		await server.query("postgres", "REVOKE pg_signal_backend FROM cutover");
		try {
			for (const work of [
				() => fence("on", { ...pair, appRole }),
				() => runFinalSync(),
			])
				await assert.rejects(
					work(),
					/"cutover" may not end the sessions of "legacy_app" on the source, .*; run there: GRANT pg_signal_backend TO "?cutover"?/,
				);
			assert.equal(await isUp(), false);
		} finally {
			await server.query("postgres", "GRANT pg_signal_backend TO cutover");
		}
	});

	it("names the transaction's work that keeps it from changing, and waits 5 s", async () => {
		const other = new pg.Client(server.url(pair.sourceName));
		await other.connect();
		try {
			await other.query(
				`BEGIN; ALTER ROLE ${appRole} IN DATABASE ${pair.sourceName} SET work_mem = '64MB'`,
			);
			await assert.rejects(
				fence("on", { ...pair, appRole }),
				/another transaction changes the settings of "legacy_app" and did not end within 5 s; .*; the fence is off again$/,
			);
		} finally {
			await other.end();
		}
		assert.equal(await isUp(), false);
	});

	it("says what to run by hand when the target is lost, and that is right", async () => {
		await fence("on", { ...pair, appRole });
		const error = await fence("off", {
			...pair,
			target: nowhere,
			appRole,
		}).catch((caught: unknown) => caught);
		assert.match(
			String(error),
			/cannot reach the target .*The fence is left as it is/,
		);
		assert.equal(await isUp(), true);
		const sql = /by hand: (.*); and cutover fence off once/.exec(
			String(error),
		)?.[1];
		await server.query(pair.sourceName, sql ?? "");
		assert.equal(await isUp(), false);
	});

	it("comes off although the target's schema is not the newest", async () => {
		await fence("on", { ...pair, appRole });
		await onTarget(
			"DELETE FROM cutover.migrations WHERE id = (SELECT max(id) FROM cutover.migrations)",
		);
		const done = await fence("off", { ...pair, appRole });
		assert.equal(done.facts?.fence, "off");
	});

	it("has to be up for a target that is live: a cutover that somebody opened is not called done", async () => {
		assert.equal((await runFinalSync()).outcome, "passed");
		await server.query(
			pair.sourceName,
			`ALTER ROLE ${appRole} IN DATABASE ${pair.sourceName} RESET default_transaction_read_only`,
		);
		await assert.rejects(
			runFinalSync(),
			/the target is live since .*, but the fence is off: .*; run cutover fence off, .* then cutover final-sync again/,
		);
		await fence("off", { ...pair, appRole });
		assert.equal((await runFinalSync()).outcome, "passed");
	});

	describe("taken off after a cutover broke off", () => {
		const quick = { longestMs: 5_000, stoppedMs: 0, pauseMs: 20 };

		it("insists until a source that is away is back", async () => {
			await fence("on", { ...pair, appRole });
			const { said, talk } = listener();
			const addresses = [nowhere, nowhere];
			await release(
				{
					appRole,
					target: pair.target,
					get source() {
						return addresses.pop() ?? pair.source;
					},
				},
				talk,
				never,
				quick,
			);
			assert.equal(await isUp(), false);
			assert.equal(
				said.filter((line) => /^the fence is still on: cannot reach/.test(line))
					.length,
				2,
			);
			assert.match(said.at(-1) ?? "", /the fence is off again/);
		});

		it("says that it is still on when it has to give up, sooner when somebody asked to stop", async () => {
			const away = { appRole, target: pair.target, source: nowhere };
			const { talk } = listener();
			await assert.rejects(
				release(away, talk, never, { ...quick, longestMs: 0 }),
				/^StillFencedError: the fence is still on, the legacy application cannot write: cannot reach the source .*; run: cutover fence off$/,
			);
			await assert.rejects(
				release(away, talk, AbortSignal.abort(), quick),
				/^StillFencedError/,
			);
		});
	});

	describe("and a last word that nobody heard", () => {
		const live = "INSERT INTO cutover.journal (event) VALUES ('live')";
		const speak = async (sql: string) => {
			const speaker = new pg.Client(pair.target);
			speaker.on("error", () => undefined);
			await speaker.connect();
			const { rows } = await speaker.query("SELECT pg_backend_pid() AS pid");
			void speaker.query(sql).catch(() => undefined);
			const pid: number = rows[0].pid;
			return { pid, end: () => speaker.end().catch(() => undefined) };
		};

		it("is taken back when it was not spoken to the end", async () => {
			const { pid, end } = await speak(`BEGIN; ${live}; SELECT pg_sleep(60)`);
			await until("it sleeps", async () => {
				const [row] = await onTarget(
					`SELECT wait_event FROM pg_stat_activity WHERE pid = ${pid}`,
				);
				return row?.wait_event === "PgSleep";
			});
			assert.equal(await wasDeclaredLive(pair.target, pid), false);
			await end();
			assert.deepEqual(
				await onTarget("SELECT FROM cutover.journal WHERE event = 'live'"),
				[],
			);
		});

		it("counts when it was", async () => {
			const { pid, end } = await speak(`${live}; SELECT pg_sleep(0)`);
			await until("it is written", async () => {
				const rows = await onTarget(
					"SELECT FROM cutover.journal WHERE event = 'live'",
				);
				return rows.length === 1;
			});
			assert.equal(await wasDeclaredLive(pair.target, pid), true);
			await end();
		});

		it("keeps the fence up while nobody knows", async () => {
			await assert.rejects(
				wasDeclaredLive(nowhere, 1),
				/^StillFencedError: nobody knows whether the target was declared live \(cannot reach the target .*\), so the fence stays on; once the target answers run: cutover final-sync, which goes on, or cutover fence off, which goes back/,
			);
		});

		it("that a standby held up keeps the fence up once it is through, and the next run ends the work", async () => {
			const setServer = async (sql: readonly string[]) => {
				for (const one of [...sql, "SELECT pg_reload_conf()"])
					await server.query("postgres", one);
			};
			await onTarget(
				`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
					IF new.event = 'live' THEN PERFORM set_config('synchronous_commit', 'on', true); END IF; RETURN new; END $$;
				CREATE TRIGGER wait BEFORE INSERT ON cutover.journal FOR EACH ROW EXECUTE FUNCTION wait()`,
			);
			await setServer([
				"ALTER SYSTEM SET synchronous_commit = 'local'",
				"ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
			]);
			const stop = new AbortController();
			try {
				const stopped = assert.rejects(
					runFinalSync(stop.signal),
					/^StillFencedError: .*; the target was declared live all the same, and the fence stays on; run: cutover final-sync, which ends the work/,
				);
				await until("the commit waits for a standby", async () => {
					const rows = await onTarget(
						"SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
					);
					return rows.length === 1;
				});
				stop.abort(new InterruptedError("stopped by SIGINT"));
				await stopped;
			} finally {
				await setServer([
					"ALTER SYSTEM RESET synchronous_standby_names",
					"ALTER SYSTEM RESET synchronous_commit",
				]);
			}
			assert.equal(await isUp(), true);
			assert.match((await runFinalSync()).next, /^Nothing to do: cut over at/);
		});
	});

	for (const signal of ["SIGTERM", "SIGHUP"] as const) {
		it(`is taken off by a cutover that ${signal} stops, also when nobody is left to be told`, async () => {
			await onTarget(hangLastWord);
			const run = startVerb(pair, "final-sync");
			await until("the last word hangs", async () => {
				const rows = await onTarget(
					"SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
				);
				return rows.length === 1;
			});
			assert.equal(await isUp(), true);
			// As when a terminal goes away: whoever read is gone, and the signal says so.
			run.hangUp();
			run.kill(signal);
			assert.equal((await run.ended).exitCode, 1);
			assert.equal(await isUp(), false);
		});
	}
});
