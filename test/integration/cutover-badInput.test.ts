import assert from "node:assert/strict";
import { silentTalk } from "../../cutover/src/console.ts";
import { sync } from "../../cutover/src/sync/run.ts";
import { syncSchema } from "../../cutover/src/sync/settings.ts";
import {
	contentOf,
	createPair,
	dropPair,
	type Pair,
	runConvert,
	soundUsers,
	startMigrationServer,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

describe("cutover, given nonsense", function () {
	this.timeout(60_000);
	let server: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer({
			wal_level: "logical",
			max_slot_wal_keep_size: "16MB",
		});
		await server.query(
			"postgres",
			"ALTER ROLE cutover REPLICATION; GRANT legacy_app TO cutover",
		);
	});
	after(() => server.stop());
	beforeEach(async () => {
		pair = await createPair(server, { seed: soundUsers(40) });
		await server.query(
			"postgres",
			`GRANT CREATE ON DATABASE ${pair.sourceName} TO cutover`,
		);
	});
	afterEach(() => dropPair(pair));

	const onSource = (sql: string) => server.query(pair.sourceName, sql);
	const onTarget = (sql: string) => server.query(pair.targetName, sql);
	const runSync = (options: object = {}) =>
		sync(
			{ ...syncSchema.parse(pair), untilCaughtUp: true, ...options },
			silentTalk,
			new AbortController().signal,
		);

	/** The next transaction that writes anything, in any database, would change it. */
	async function position(): Promise<unknown> {
		const [row] = await server.query(
			"postgres",
			"SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next",
		);
		return row?.next;
	}

	/** Refuses with these words, and neither side has a transaction more than before. */
	async function refusesUntouched(
		work: () => Promise<unknown>,
		message: RegExp,
	): Promise<void> {
		const [content, before] = [await contentOf(server, pair), await position()];
		await assert.rejects(work, message);
		assert.equal(await position(), before, "nothing was written anywhere");
		assert.deepEqual(await contentOf(server, pair), content);
	}

	it("refuses the same database as source and target, by whatever address", async () => {
		const sameAgain = server
			.url(pair.targetName)
			.replace("127.0.0.1", "localhost");
		await refusesUntouched(
			() => runConvert({ ...pair, source: sameAgain }),
			/source and target are the same database; name two different ones/,
		);
	});

	for (const side of ["source", "target"] as const) {
		it(`says which server it cannot reach: the ${side}`, async () => {
			const nowhere = "postgresql://cutover:cutover@127.0.0.1:1/legacy";
			await refusesUntouched(
				() => runConvert({ ...pair, [side]: nowhere }),
				new RegExp(
					`cannot reach the ${side} at 127.0.0.1:1: .*ECONNREFUSED.*; check the address`,
				),
			);
		});

		it(`says which database is not there: the ${side}'s`, async () => {
			await refusesUntouched(
				() => runConvert({ ...pair, [side]: server.url("no_such") }),
				new RegExp(`the ${side} at .*database "no_such" does not exist`),
			);
		});
	}

	it("names a missing table", async () => {
		await onSource("DROP TABLE workflow_steps");
		await refusesUntouched(
			() => runConvert(pair),
			/the source does not fit the mapping: no table workflow_steps; nothing was written/,
		);
	});

	it("names a missing column and one of another type, together", async () => {
		await onSource(
			"ALTER TABLE legacy_users DROP COLUMN last_login; ALTER TABLE workflows ALTER name TYPE bytea USING name::bytea",
		);
		await refusesUntouched(
			() => runConvert(pair),
			/the source does not fit the mapping: legacy_users has no column last_login(; workflows\.name is bytea, expected .*)?; nothing was written/,
		);
	});

	it("names a missing table of the target", async () => {
		await onTarget("DROP TABLE public.workflow_steps");
		const before = await position();
		await assert.rejects(
			runConvert(pair),
			/the target does not fit the mapping: no table public\.workflow_steps; nothing was written/,
		);
		assert.equal(await position(), before);
	});

	it("names the bad keys of a mapping, and what it asks for in vain", async () => {
		await refusesUntouched(
			() => runConvert(pair, { mapping: '{"users": 7}' }),
			/--mapping: the mapping cannot be used:/,
		);
		await refusesUntouched(
			() => runConvert(pair, { mapping: "/no/such/file.yaml" }),
			/--mapping: cannot read \/no\/such\/file\.yaml: ENOENT/,
		);
	});

	it("keeps to the rules that the target was loaded with", async () => {
		await runConvert(pair);
		await refusesUntouched(
			() => runConvert(pair, { duplicates: "quarantine-all" }),
			/the target was loaded with duplicates keep-last-signed-in, not quarantine-all; keep the setting, or start with an empty target/,
		);
		const other = await createPair(server, { seed: soundUsers(1) });
		await refusesUntouched(
			() => runConvert({ ...pair, source: other.source }),
			/the target was loaded from another database than this source/,
		);
		await dropPair(other);
	});

	/** Stops the load after some ranges, as a full disk would. */
	async function fillDisk(afterRanges: number): Promise<void> {
		await onTarget(
			`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				IF (SELECT count(*) FROM cutover.checkpoint WHERE loaded_at IS NOT NULL) >= ${afterRanges} THEN
					RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full';
				END IF; RETURN new; END $$;
			CREATE TRIGGER full_disk BEFORE UPDATE ON cutover.checkpoint FOR EACH ROW EXECUTE FUNCTION full_disk()`,
		);
	}
	const freeDisk = () =>
		onTarget("DROP TRIGGER full_disk ON cutover.checkpoint");

	it("names the server whose disk is full, and goes on when it has more", async () => {
		await fillDisk(3);
		await assert.rejects(
			runConvert(pair, { batchRows: 20 }),
			/^DiskFullError: the target at 127\.0\.0\.1:\d+ has no room left on its disk: could not extend file .*; give it more, then run this again: it goes on from there$/,
		);
		await freeDisk();
		assert.equal((await runConvert(pair)).outcome, "passed");
		const fresh = await createPair(server, { tables: false });
		await runConvert({ ...fresh, source: pair.source });
		assert.deepEqual(
			await contentOf(server, pair),
			await contentOf(server, fresh),
		);
		await dropPair(fresh);
	});

	it("refuses an edited range, and says what the target has", async () => {
		await fillDisk(3);
		await assert.rejects(runConvert(pair, { batchRows: 20 }), /no room left/);
		await freeDisk();
		await onTarget(
			"UPDATE cutover.checkpoint SET to_id = to_id + 5 WHERE from_id = (SELECT max(from_id) FROM cutover.checkpoint WHERE source_table = 'workflows')",
		);
		await refusesUntouched(
			() => runConvert(pair),
			/the ranges in cutover\.checkpoint are not the ones that were planned: somebody edited them; nothing was written/,
		);
	});

	it("refuses a checkpoint that claims rows nobody loaded, whether it is the count or the mark", async () => {
		await fillDisk(3);
		await assert.rejects(runConvert(pair, { batchRows: 20 }), /no room left/);
		await freeDisk();
		await onTarget(
			"UPDATE cutover.checkpoint SET loaded_at = now() WHERE (source_table, from_id) = (SELECT source_table, max(from_id) FROM cutover.checkpoint WHERE source_table = 'workflows' GROUP BY 1)",
		);
		await assert.rejects(
			runConvert(pair),
			/cutover\.checkpoint says that 80 rows of workflows were loaded, the target has 60; one of them was edited; nothing more was written/,
		);
		await refusesUntouched(
			() => runConvert(pair),
			/cutover\.checkpoint says that 80 rows of workflows were loaded/,
		);
	});

	it("says that a slot has expired, and what renews it", async () => {
		await runSync();
		const before = await contentOf(server, pair);
		await onSource("UPDATE legacy_users SET username = 'late' WHERE id = 7");
		for (let segment = 0; segment < 4; segment += 1) {
			await server.query(
				"postgres",
				"CREATE TABLE IF NOT EXISTS filler (x text); INSERT INTO filler SELECT repeat(md5(i::text), 60) FROM generate_series(1, 9000) i",
			);
			await server.query("postgres", "SELECT pg_switch_wal()");
		}
		await server.query("postgres", "CHECKPOINT");
		await refusesUntouched(
			() => runSync(),
			/the replication slot "cutover_forward_\w+" is lost: the server removed WAL that it needs \(max_slot_wal_keep_size is 16MB\); run cutover sync --renew-slot/,
		);
		assert.deepEqual(await contentOf(server, pair), before);
		await runSync({ renewSlot: true });
		const [row] = await onTarget(
			"SELECT username FROM public.profiles p JOIN cutover.identity_map m ON m.user_id = p.id WHERE legacy_id = 7",
		);
		assert.equal(row?.username, "late");
		await runSync({ stop: true });
	});

	it("names the server whose connection is lost in the middle of the work", async () => {
		for (const side of ["source", "target"] as const) {
			const name = side === "source" ? pair.sourceName : pair.targetName;
			const running = runConvert(pair, { batchRows: 5 });
			const cutting = setInterval(() => {
				server
					.query(
						"postgres",
						`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND application_name = 'cutover convert worker'`,
					)
					.catch(() => undefined);
			}, 5);
			try {
				await assert.rejects(
					running,
					new RegExp(
						`^ConnectionLostError: the connection to the ${side} at 127\\.0\\.0\\.1:\\d+ was lost: .*; check the network and that the server runs \\(its log says more\\), then run this again: it goes on from there$`,
					),
				);
			} finally {
				clearInterval(cutting);
			}
		}
		assert.equal((await runConvert(pair)).outcome, "passed");
	});
});
