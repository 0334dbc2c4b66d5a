import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { copyRows } from "../../cutover/src/adapters/copy.ts";
import {
	connect,
	endQuietly,
	withSession,
	withTransaction,
} from "../../cutover/src/adapters/postgres.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import { applyChanges } from "../../cutover/src/convert/apply.ts";
import {
	analyzeTables,
	restoreIndexes,
} from "../../cutover/src/convert/deferred.ts";
import { type Lanes, withLanes } from "../../cutover/src/convert/lanes.ts";
import { convert } from "../../cutover/src/convert/run.ts";
import { loadSchema } from "../../cutover/src/convert/settings.ts";
import { inTurn } from "../../cutover/src/convert/shards.ts";
import { openSnapshot } from "../../cutover/src/convert/snapshot.ts";
import { readRecorded } from "../../cutover/src/convert/state.ts";
import { InterruptedError } from "../../cutover/src/errors.ts";
import { sync } from "../../cutover/src/sync/run.ts";
import { syncSchema } from "../../cutover/src/sync/settings.ts";
import {
	listener,
	type Pair,
	runConvert,
	soundUsers,
	until,
} from "./cutoverFixture.ts";
import {
	createFollowing,
	type Following,
	startFollowedServer,
} from "./followFixture.ts";
import type { TestServer } from "./postgres.ts";

const never = new AbortController().signal;

describe("work that has to wait", function () {
	this.timeout(60_000);
	let server: TestServer;
	let there: Following;
	let pair: Pair;

	before(async () => {
		server = await startFollowedServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		there = await createFollowing(server, { seed: soundUsers(3) });
		pair = there.pair;
	});
	afterEach(() => there.drop());

	/** Somebody with a session of their own while the work is done. */
	async function beside<T>(
		database: string,
		work: (somebody: pg.Client) => Promise<T>,
	): Promise<T> {
		const somebody = new pg.Client({
			connectionString: server.url(database),
			application_name: "dashboard",
		});
		await somebody.connect();
		try {
			return await work(somebody);
		} finally {
			await somebody.end();
		}
	}

	/** Stops the work once that is so; fails unless it ends with the signal's reason at once. */
	async function stops(
		isUnderWay: () => Promise<boolean>,
		begin: (signal: AbortSignal) => Promise<unknown>,
	): Promise<void> {
		const stop = new AbortController();
		const ended = assert.rejects(begin(stop.signal), /^InterruptedError: stop/);
		await until("the work is under way", isUnderWay);
		const stoppedAt = performance.now();
		stop.abort(new InterruptedError("stopped by SIGINT"));
		await ended;
		assert.ok(performance.now() - stoppedAt < 1_000);
	}

	const runs = (database: string, application: string, state: string) =>
		server
			.query(
				database,
				`SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${application}' AND ${state}`,
			)
			.then((rows) => rows.length > 0);

	const convertSaying = (talk: typeof silentTalk, maxRate?: number) =>
		convert(
			{ ...loadSchema.parse(pair), ...(maxRate ? { maxRate } : {}) },
			talk,
			never,
		);

	it("catches up past rows of the target that somebody holds, and says who", async () => {
		await runConvert(pair);
		await there.onSource(
			"UPDATE legacy_users SET email = 'new@example.com' WHERE id = 2",
		);
		const { said, hears, talk } = listener();
		await beside(pair.targetName, async (somebody) => {
			await somebody.query("BEGIN; SELECT FROM auth.users FOR UPDATE");
			const catching = convertSaying(talk);
			await hears(/tables are in use/);
			await somebody.query("COMMIT");
			assert.equal((await catching).outcome, "passed");
		});
		assert.match(
			said.join("\n"),
			/the tables are in use \(dashboard process \d+ as postgres holds auth\.users( for \d+ s)?\); letting them go on, try 2 of 15 in 2 s/,
		);
		assert.deepEqual(
			await there.onTarget(
				"SELECT count(*)::int AS all, count(*) FILTER (WHERE email = 'new@example.com')::int AS new FROM auth.users",
			),
			[{ all: 3, new: 1 }],
		);
	});

	it("does not repeat what the source let go of, and says that it was the source", async () => {
		await runConvert(pair);
		const open = (what: "source" | "target") => connect(pair[what], { what });
		const [source, target] = [await open("source"), await open("target")];
		try {
			const recorded = await readRecorded(target);
			assert.ok(recorded);
			await openSnapshot(source);
			let tries = 0;
			await assert.rejects(
				applyChanges(source, target, {
					rules: recorded.rules,
					decisions: new Map(),
					movePosition: () => {
						tries += 1;
						return source.query("DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$");
					},
					talk: silentTalk,
					signal: never,
				}),
				/^RefusedError: the source at 127\.0\.0\.1:\d+ gave no rows: .*; end what locks its tables, then run this again: it goes on from there$/,
			);
			assert.equal(tries, 1);
		} finally {
			await Promise.all([source.end(), target.end()]);
		}
	});

	describe("on the way back", () => {
		beforeEach(async () => {
			await there.cutOver();
			await there.catchUp({ reverse: true });
			await there.onTarget(
				"UPDATE auth.users SET email = 'new@example.com' WHERE email = 'user2@example.com'; UPDATE public.workflows SET name = 'new' WHERE id = 1",
			);
		});

		const carryBack = (talk: typeof silentTalk) =>
			sync(
				{ ...syncSchema.parse(pair), reverse: true, untilCaughtUp: true },
				talk,
				never,
			);
		const assertCarriedBack = async () =>
			assert.deepEqual(
				await there.onSource(
					"SELECT u.email, w.name FROM legacy_users u, workflows w WHERE u.id = 2 AND w.id = 1",
				),
				[{ email: "new@example.com", name: "new" }],
			);

		for (const [what, holds, named] of [
			["rows", "SELECT FROM legacy_users FOR UPDATE", "legacy_users"],
			["tables", "LOCK TABLE workflows", "workflows"],
		] as const) {
			it(`outlasts somebody who holds legacy ${what}, and says who`, async () => {
				const { said, hears, talk } = listener();
				await beside(pair.sourceName, async (somebody) => {
					await somebody.query(`BEGIN; ${holds}`);
					const carrying = carryBack(talk);
					await hears(/tables are in use/);
					await somebody.query("COMMIT");
					assert.equal((await carrying).outcome, "passed");
				});
				assert.match(
					said.join("\n"),
					new RegExp(
						`the tables are in use \\(dashboard process \\d+ as postgres holds public\\.${named}`,
					),
				);
				await assertCarriedBack();
			});
		}

		it("looks again when somebody changed a legacy row meanwhile", async () => {
			await beside(pair.sourceName, async (somebody) => {
				await somebody.query(
					"BEGIN; UPDATE legacy_users SET username = 'meanwhile' WHERE id = 2",
				);
				const carrying = carryBack(silentTalk);
				await until("it waits for the row", () =>
					runs(
						pair.sourceName,
						"cutover convert",
						"wait_event_type = 'Lock' AND query LIKE 'UPDATE%'",
					),
				);
				await somebody.query("COMMIT");
				assert.equal((await carrying).outcome, "passed");
			});
			await assertCarriedBack();
		});
	});

	it("waits for its turn without limit, says once for whom, and hears the signal", async () => {
		await beside(pair.targetName, (somebody) =>
			withSession(pair.target, { what: "target" }, async (session) => {
				const lock = "(hashtextextended('cutover convert finish', 0))";
				await somebody.query(`SELECT pg_advisory_lock${lock}`);
				await stops(
					() => runs(pair.targetName, "cutover", "query LIKE '%pg_locks%'"),
					(signal) =>
						inTurn(session, "finish", { talk: silentTalk, signal }, () =>
							Promise.reject(new Error("it is not its turn")),
						),
				);
				const { said, hears, talk } = listener();
				const waiting = inTurn(
					session,
					"finish",
					{ talk, signal: never },
					async () => "done",
				);
				await hears(/./);
				await new Promise((resolve) => setTimeout(resolve, 1_200));
				await somebody.query(`SELECT pg_advisory_unlock${lock}`);
				assert.equal(await waiting, "done");
				assert.equal(said.length, 1);
				assert.match(
					String(said[0]),
					/^waiting for dashboard process \d+( from 127\.0\.0\.1 since .*)?, which finishes the load: it builds indexes and checks foreign keys$/,
				);
				const { rows } = await somebody.query(
					`SELECT pg_try_advisory_lock${lock} AS got`,
				);
				assert.deepEqual(rows, [{ got: true }], "the turn is over");
			}),
		);
	});

	const inLanes = async (
		signal: AbortSignal,
		work: (lanes: Lanes) => Promise<void>,
	): Promise<void> => {
		const wait = { schemas: ["public"], state: "", talk: silentTalk, signal };
		await withLanes({ url: pair.target, workers: 2 }, wait, work);
	};

	it("stops in the middle of a long index, which stays to be built", async () => {
		await there.onTarget(
			"INSERT INTO cutover.deferred (position, kind, statement) VALUES (1, 'index', 'SELECT pg_sleep(30)')",
		);
		const builds = () =>
			runs(pair.targetName, "cutover convert finish", "query ~ 'pg_sleep'");
		await withSession(pair.target, { what: "target" }, (target) =>
			stops(builds, (signal) =>
				inLanes(signal, (lanes) =>
					restoreIndexes(target, lanes, ["public.workflows"]),
				),
			),
		);
		await until("the server ends it too", async () => !(await builds()));
		assert.deepEqual(
			await there.onTarget("SELECT kind FROM cutover.deferred"),
			[{ kind: "index" }],
		);
	});

	it("stops while it measures a table that somebody holds", async () => {
		await beside(pair.targetName, async (somebody) => {
			await somebody.query("BEGIN; LOCK TABLE public.workflows");
			await stops(
				() =>
					runs(
						pair.targetName,
						"cutover convert finish",
						"wait_event_type = 'Lock'",
					),
				(signal) =>
					inLanes(signal, (lanes) =>
						analyzeTables(lanes, ["public.workflows"]),
					),
			);
		});
	});

	it("holds no moment of the source while indexes are built", async () => {
		await beside(pair.targetName, async (somebody) => {
			const { said, hears, talk } = listener();
			const converting = convertSaying(talk, 20);
			await hears(/ranges to load/);
			// Whoever reads keeps no row out, but keys.
			await somebody.query("BEGIN; SELECT FROM public.workflows");
			await hears(/tables are in use/);
			assert.deepEqual(
				await there.onSource(
					"SELECT application_name, state, backend_xmin FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cutover%'",
				),
				[
					{
						application_name: "cutover convert",
						state: "idle",
						backend_xmin: null,
					},
				],
			);
			await somebody.query("COMMIT");
			assert.equal((await converting).outcome, "passed", said.join("\n"));
		});
	});
});

describe("rows on their way from one server to the other", function () {
	this.timeout(60_000);
	let server: TestServer;

	before(async () => {
		server = await startFollowedServer();
		await server.query("postgres", "CREATE TABLE numbers (n int, t text)");
	});
	after(() => server.stop());

	for (const [side, select, wrong] of [
		[
			"the target",
			"SELECT repeat('x', 1000), 't' FROM generate_series(1, 200000)",
			/incorrect binary data format/,
		],
		[
			"the source",
			"SELECT 1 / (100000 - n), repeat('x', 1000) FROM generate_series(1, 200000) n",
			/division by zero/,
		],
	] as const) {
		it(`leave nobody waiting when ${side} fails in the middle`, async () => {
			const url = server.url("postgres");
			const source = await connect(url, { what: "source" });
			const target = await connect(url, { what: "target" });
			await source.query("BEGIN");
			await assert.rejects(
				withTransaction(target, () =>
					copyRows(source, select, target, "numbers (n, t)"),
				),
				wrong,
			);
			const { rows } = await target.query("SELECT count(*) FROM numbers");
			assert.deepEqual(rows, [{ count: "0" }]);
			await source.query("ROLLBACK").catch(() => undefined);
			await Promise.all([source, target].map(endQuietly));
		});
	}
});

describe("a session", function () {
	this.timeout(60_000);
	let server: TestServer;

	before(async () => {
		server = await startFollowedServer();
		await server.query(
			"postgres",
			`ALTER ROLE master SET statement_timeout = '1s'; ALTER ROLE master SET idle_in_transaction_session_timeout = '1s';
			ALTER ROLE master SET idle_session_timeout = '1s'`,
		);
	});
	after(() => server.stop());

	const timeouts = async (url: string) =>
		await withSession(url, { what: "target" }, async (session) => {
			const { rows } = await session.query(
				"SELECT string_agg(current_setting(name), ' ' ORDER BY name) AS all FROM unnest(ARRAY['idle_in_transaction_session_timeout', 'idle_session_timeout', 'statement_timeout']) name",
			);
			return rows[0].all;
		});

	it("is not ended by the time-outs of its role, but by those of its URL", async () => {
		const url = server.url("postgres", "master", "master");
		assert.equal(await timeouts(url), "0 0 0");
		const options = encodeURIComponent("-c statement_timeout=5min");
		assert.equal(await timeouts(`${url}?options=${options}`), "0 0 5min");
	});

	it("stays read only although its URL has options of its own", async () => {
		const options = encodeURIComponent("-c statement_timeout=5min");
		for (const url of [
			server.url("postgres"),
			`${server.url("postgres")}?options=${options}`,
		]) {
			await withSession(
				url,
				{ what: "source", readOnly: true },
				async (session) => {
					await assert.rejects(session.query("CREATE TABLE mine (n int)"), {
						code: "25006",
					});
				},
			);
		}
	});

	it("asks a silent server within seconds whether it is still there", async () => {
		const url = server.url("postgres", "master", "master");
		await withSession(url, { what: "target" }, async (session) => {
			const { stream } = (
				session as unknown as {
					connection: { stream: { localPort: number } };
				}
			).connection;
			const port = stream.localPort.toString(16).toUpperCase();
			// The socket's timer: 02 asks whether the other side is alive, and runs once nothing is on its way any more.
			const timer = new RegExp(
				`^ *\\d+: [\\dA-F]+:${port.padStart(4, "0")} .* 02:([\\dA-F]{8}) `,
				"m",
			);
			let ticks = "";
			await until("the timer of the socket runs", async () => {
				const sockets = await readFile("/proc/net/tcp", "utf8");
				[, ticks = ""] = timer.exec(sockets) ?? [];
				return ticks !== "";
			});
			// Hundredths of a second.
			assert.ok(Number.parseInt(ticks, 16) <= 1_000, ticks);
		});
	});
});
