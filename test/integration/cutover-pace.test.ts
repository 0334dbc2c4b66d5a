import assert from "node:assert/strict";
import pg from "pg";
import {
	createPair,
	dropPair,
	type Pair,
	runConvert,
	soundUsers,
	startMigrationServer,
	startVerb,
	until,
} from "./cutoverFixture.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

describe("cutover convert, held back", function () {
	this.timeout(120_000);
	let server: TestServer;
	let standby: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer();
		await server.query(
			"postgres",
			"GRANT pg_read_all_stats TO cutover, master",
		);
		standby = await startPostgres({ standbyOf: server });
	});
	after(async () => {
		await standby.stop();
		await server.stop();
	});
	beforeEach(async () => {
		pair = await createPair(server, { seed: soundUsers(100) });
	});
	afterEach(() => dropPair(pair));

	const loadedRanges = async () => {
		const [row] = await server.query<{ count: number }>(
			pair.targetName,
			"SELECT count(loaded_at)::int AS count FROM cutover.checkpoint",
		);
		return row?.count ?? 0;
	};
	const isWhole = async () =>
		(
			await server.query(
				pair.targetName,
				"SELECT FROM cutover.identity_map HAVING count(*) = 100",
			)
		).length === 1;

	it("waits for a standby that lags behind and says so, and goes on when it has caught up", async () => {
		await standby.query("postgres", "SELECT pg_wal_replay_pause()");
		await server.query(
			"postgres",
			"CREATE TABLE filler AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 5000) i",
		);
		const running = startVerb(
			pair,
			...["convert", "--batch-rows", "20", "--max-replica-lag-mb", "2"],
		);
		await until("the wait", () => /waiting: /.test(running.said()));
		assert.match(
			running.said(),
			/waiting: a standby is \d+ MB behind \(--max-replica-lag-mb 2\)/,
		);
		assert.equal(await loadedRanges(), 0);
		assert.ok(running.isRunning());
		await standby.query("postgres", "SELECT pg_wal_replay_resume()");
		const { exitCode, said } = await running.ended;
		assert.equal(exitCode, 0, said);
		assert.equal(said.match(/waiting: /g)?.length, 1, "it says so once");
		assert.equal(await isWhole(), true);
	});

	it("ends in order while it waits", async () => {
		await standby.query("postgres", "SELECT pg_wal_replay_pause()");
		await server.query(
			"postgres",
			"CREATE TABLE more_filler AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 5000) i",
		);
		const running = startVerb(pair, "convert", "--max-replica-lag-mb", "1");
		await until("the wait", () => /waiting: /.test(running.said()));
		running.kill("SIGTERM");
		assert.equal((await running.ended).exitCode, 1);
		await standby.query("postgres", "SELECT pg_wal_replay_resume()");
		assert.equal((await runConvert(pair)).outcome, "passed");
		assert.equal(await isWhole(), true);
	});

	it("waits while the source is busy, its own sessions not counted", async () => {
		const busy = new pg.Client(
			server.url(pair.sourceName, "legacy_app", "legacy"),
		);
		busy.on("error", () => undefined);
		await busy.connect();
		const work = busy.query("SELECT pg_sleep(60)").catch(() => undefined);
		const running = startVerb(
			pair,
			...["convert", "--batch-rows", "20", "--max-source-sessions", "0"],
		);
		await until("the wait", () => /waiting: /.test(running.said()));
		assert.match(
			running.said(),
			/waiting: 1 sessions are at work on the source \(--max-source-sessions 0\)/,
		);
		assert.equal(await loadedRanges(), 0);
		await server.query(
			"postgres",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'legacy_app'",
		);
		await work;
		await busy.end().catch(() => undefined);
		const { exitCode, said } = await running.ended;
		assert.equal(exitCode, 0, said);
		assert.equal(await isWhole(), true);
	});

	it("loads no more rows in a second than it may, all workers together", async () => {
		const running = startVerb(
			pair,
			...["convert", "--batch-rows", "20", "--max-rate", "200"],
		);
		const { exitCode, said } = await running.ended;
		assert.equal(exitCode, 0, said);
		const [row] = await server.query<{ rows: string; seconds: number }>(
			pair.targetName,
			// The first range may come at once.
			"SELECT sum(row_count) - 20 AS rows, extract(epoch FROM max(loaded_at) - min(loaded_at))::float AS seconds FROM cutover.checkpoint",
		);
		const rate = Number(row?.rows) / (row?.seconds ?? 0);
		assert.ok(rate <= 220, `${rate.toFixed(0)} rows/s`);
	});

	it("refuses a limit on what its login may not see, and writes nothing", async () => {
		await server.query(
			"postgres",
			"REVOKE pg_read_all_stats FROM cutover, master",
		);
		try {
			await assert.rejects(
				runConvert(pair, { maxReplicaLagMb: 1 }),
				/--max-replica-lag-mb: the login cutover may not see what it limits on the source; let an administrator run there: GRANT pg_read_all_stats TO cutover; or leave the option out/,
			);
			await assert.rejects(
				runConvert(pair, { maxSourceSessions: 5 }),
				/--max-source-sessions: the login cutover may not see/,
			);
			assert.deepEqual(
				await server.query(pair.targetName, "SELECT FROM cutover.conversion"),
				[],
			);
		} finally {
			await server.query(
				"postgres",
				"GRANT pg_read_all_stats TO cutover, master",
			);
		}
	});
});
