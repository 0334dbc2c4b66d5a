import assert from "node:assert/strict";
import { validate } from "../../cutover/src/validate/run.ts";
import { validateSchema } from "../../cutover/src/validate/settings.ts";
import {
	contentOf,
	createPair,
	dropPair,
	type Pair,
	runConvert,
	soundUsers,
	startMigrationServer,
	startVerb,
	until,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

/** The same on every day. */
const seed = `${soundUsers(400)} UPDATE workflows SET created_at = '2024-01-01'`;

describe("cutover convert in several processes", function () {
	this.timeout(120_000);
	let server: TestServer;
	let pair: Pair;
	/** What one process alone makes of the same source. */
	let wanted: Record<string, string>;

	before(async () => {
		server = await startMigrationServer();
		const alone = await createPair(server, { seed });
		await runConvert(alone);
		wanted = await contentOf(server, alone);
		await dropPair(alone);
	});
	after(() => server.stop());
	beforeEach(async () => {
		pair = await createPair(server, { seed });
	});
	afterEach(() => dropPair(pair));

	const onTarget = <T extends Record<string, unknown>>(sql: string) =>
		server.query<T>(pair.targetName, sql);
	/** Slow enough that something can happen in the middle. */
	const shard = (index: number, count: number, ...more: string[]) =>
		startVerb(
			pair,
			...["convert", "--shard", `${index}/${count}`],
			...["--batch-rows", "40", "--max-rate", "400", ...more],
		);
	/** How many ranges of a shard are loaded; undefined before the plan. */
	const loaded = async (index: number, count: number) => {
		const [row] = await onTarget<{ planned: string; loaded: string }>(
			`SELECT count(*) AS planned, count(loaded_at) FILTER (WHERE place % ${count} = ${index - 1}) AS loaded
			FROM (SELECT *, row_number() OVER (ORDER BY source_table, from_id) - 1 AS place FROM cutover.checkpoint) c`,
		);
		return Number(row?.planned) === 0 ? undefined : Number(row?.loaded);
	};
	/** Compared table by table: a difference is short enough to read. */
	const assertWhole = async () => {
		const content = await contentOf(server, pair);
		for (const [table, rows] of Object.entries(wanted)) {
			const there = new Set(content[table]?.split("\n"));
			const lost = rows.split("\n").filter((row) => !there.delete(row));
			assert.deepEqual(
				{ table, lost, more: [...there] },
				{ table, lost: [], more: [] },
			);
			assert.equal(content[table]?.length, rows.length, table);
		}
	};
	const isFinished = async () =>
		(await onTarget("SELECT FROM cutover.conversion WHERE loaded_at IS NULL"))
			.length === 0;

	it("loads in shards side by side, one of them killed and started again: no row lost, none twice", async () => {
		const [one, two, three] = [1, 2, 3].map((index) => shard(index, 3));
		assert.ok(one && two && three);
		await until("the second shard's third range", async () => {
			return ((await loaded(2, 3)) ?? 0) >= 3 || !two.isRunning();
		});
		assert.ok(two.isRunning(), two.said());
		two.kill();
		assert.equal((await two.ended).exitCode, null);
		const before = (await loaded(2, 3)) ?? 0;
		const others = await Promise.all([one.ended, three.ended]);
		for (const { exitCode, said, result } of others) {
			assert.equal(exitCode, 0, said);
			assert.match(
				result.next ?? "",
				/^This shard is done; \d+ ranges of other shards are left, and the last one finishes the load$/,
			);
		}
		assert.equal(await isFinished(), false);
		assert.equal(await loaded(2, 3), before, "nobody took another's ranges");
		const again = await shard(2, 3).ended;
		assert.equal(again.exitCode, 0, again.said);
		assert.equal(again.result.pass?.rangesLeft, 0);
		assert.equal(await isFinished(), true);
		await assertWhole();
	});

	it("does not take the load for finished while a shard was forgotten", async () => {
		for (const index of [1, 3]) {
			const { exitCode, result, said } = await shard(index, 3).ended;
			assert.equal(exitCode, 0, said);
			assert.notEqual(result.pass?.rangesLeft, 0);
		}
		const { exitCode, result } = await shard(3, 3).ended;
		assert.equal(exitCode, 0);
		assert.match(result.next ?? "", /ranges of other shards are left/);
		assert.equal(await isFinished(), false);
		const [waiting] = await onTarget<{ count: number }>(
			"SELECT count(*)::int FROM cutover.deferred",
		);
		assert.ok(Number(waiting?.count) > 0, "indexes wait for the last range");
		await assert.rejects(
			validate(validateSchema.parse({ ...pair, reportDir: pair.folder })),
			/the target is not loaded yet; run: cutover convert/,
		);
		const last = await shard(2, 3).ended;
		assert.equal(last.exitCode, 0, last.said);
		await assertWhole();
	});

	it("waits for the owners that another shard still loads where foreign keys watch", async () => {
		const first = shard(1, 2, "--live-target");
		await until("the plan", async () => (await loaded(1, 2)) !== undefined);
		const { exitCode, said } = await shard(2, 2, "--live-target").ended;
		assert.equal(exitCode, 0, said);
		assert.equal((await first.ended).exitCode, 0);
		await assertWhole();
	});

	it("lets one of two runners started together work, and the other say who does", async () => {
		const both = [1, 2].map(() =>
			startVerb(pair, "convert", "--batch-rows", "40", "--max-rate", "800"),
		);
		const ends = await Promise.all(both.map(({ ended }) => ended));
		ends.sort((one, other) => Number(one.exitCode) - Number(other.exitCode));
		assert.deepEqual(
			ends.map(({ exitCode }) => exitCode),
			[0, 1],
		);
		assert.match(
			ends[1]?.result.next ?? "",
			/another conversion of this target is running \(process \d+ from 127\.0\.0\.1 since .*\); wait for it or end it/,
		);
		await assertWhole();
	});

	it("refuses the same shard twice, and a whole beside a shard", async () => {
		// Still at work when the others have started, however slow the machine.
		const first = shard(1, 2, "--max-rate", "50");
		await until("the plan", async () => (await loaded(1, 2)) !== undefined);
		const [twin, whole] = await Promise.all([
			shard(1, 2).ended,
			startVerb(pair, "convert").ended,
		]);
		assert.match(twin.result.next ?? "", /shard 1 of this target is running/);
		assert.match(whole.result.next ?? "", /another conversion of this target/);
		assert.ok(first.isRunning(), first.said());
		first.kill("SIGTERM");
		await first.ended;
	});

	it("writes nothing when a finished job is run again, as the server counts it", async () => {
		await runConvert(pair);
		const before = await written();
		const again = await startVerb(pair, "convert").ended;
		assert.equal(again.exitCode, 0, again.said);
		assert.match(again.result.next ?? "", /^Nothing to do/);
		assert.deepEqual(await written(), before);
		console.log(
			`      (a finished job run again took ${again.seconds.toFixed(1)} s, the start of the process included)`,
		);
	});

	/** Transactions that wrote, and rows written on the target's permanent tables, as its own counters say. */
	async function written() {
		await server.query(
			"postgres",
			"SELECT pg_stat_force_next_flush(), pg_sleep(0.1)",
		);
		const [row] = await onTarget<Record<string, string>>(
			`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next_transaction,
				(SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE schemaname NOT LIKE 'pg_temp%')::text AS tuples`,
		);
		return row;
	}
});
