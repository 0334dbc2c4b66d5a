import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { withSession } from "../../cutover/src/adapters/postgres.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import { InterruptedError } from "../../cutover/src/errors.ts";
import { closeFeed } from "../../cutover/src/sync/feed.ts";
import { sync } from "../../cutover/src/sync/run.ts";
import {
	type SyncSettings,
	syncSchema,
} from "../../cutover/src/sync/settings.ts";
import {
	contentOf,
	createPair,
	dropPair,
	type Pair,
	runConvert,
	soundUsers,
} from "./cutoverFixture.ts";
import {
	createFollowing,
	type Following,
	startFollowedServer,
} from "./followFixture.ts";
import type { TestServer } from "./postgres.ts";
import { startWriteLoad } from "./writeLoad.ts";

describe("cutover sync", function () {
	this.timeout(120_000);
	let server: TestServer;
	let there: Following;
	let pair: Pair;

	before(async () => {
		server = await startFollowedServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		there = await createFollowing(server, { seed: soundUsers(60) });
		pair = there.pair;
	});
	afterEach(() => there.drop());

	const onSource = (sql: string) => there.onSource(sql);
	const onTarget = (sql: string) => there.onTarget(sql);
	const runSync = (options?: Partial<SyncSettings>, signal?: AbortSignal) =>
		there.sync(options, signal);
	const catchUp = (options?: Partial<SyncSettings>) => there.catchUp(options);
	const slots = () => there.slots();

	/** The target equals one that is converted from the source as it is now. */
	async function assertSame(): Promise<void> {
		const fresh = await createPair(server, { tables: false });
		try {
			await runConvert({ ...fresh, source: pair.source });
			assert.deepEqual(
				await contentOf(server, pair),
				await contentOf(server, fresh),
			);
		} finally {
			await dropPair(fresh);
		}
	}

	it("loads first, then takes over only what the slot reports", async () => {
		const first = await catchUp();
		assert.equal(first.outcome, "passed");
		await onSource("UPDATE legacy_users SET username = 'other' WHERE id = 7");
		await onSource("DELETE FROM workflow_steps WHERE workflow_id = 3");
		const second = await catchUp();
		assert.match(second.checks[0]?.actual ?? "", /^3 changed rows/);
		await assertSame();
	});

	it("moves the quarantine with what changes: duplicates made and resolved, owners lost and found", async () => {
		await catchUp();
		await onSource(
			"UPDATE legacy_users SET email = 'USER2@example.com' WHERE id = 1",
		);
		await catchUp();
		await assertSame();
		assert.deepEqual(
			await onTarget(
				"SELECT source_table, source_id::int AS id, reason FROM cutover.quarantine ORDER BY 1, 2",
			),
			[
				{
					source_table: "legacy_users",
					id: 1,
					reason: "duplicate e-mail: legacy_users 2 signed in last",
				},
				...[1, 2].map((id) => ({
					source_table: "workflow_steps",
					id,
					reason: "parent quarantined: workflows 1",
				})),
				...[3, 4].map((id) => ({
					source_table: "workflow_steps",
					id,
					reason: "parent quarantined: workflows 2",
				})),
				...[1, 2].map((id) => ({
					source_table: "workflows",
					id,
					reason: "owner quarantined: legacy_users 1",
				})),
			],
		);
		await onSource("UPDATE legacy_users SET last_login = now() WHERE id = 1");
		await catchUp();
		await assertSame();
		await onSource(
			"UPDATE legacy_users SET email = 'elsewhere@example.com' WHERE id = 1",
		);
		await catchUp();
		await assertSame();
		assert.deepEqual(await onTarget("SELECT FROM cutover.quarantine"), []);
	});

	it("compares everything after a table was truncated", async () => {
		await catchUp();
		await onSource("TRUNCATE workflow_steps");
		await catchUp();
		await assertSame();
	});

	it("keeps up with a write load through kills, and cuts over without a difference", async () => {
		await catchUp();
		const loads = [1, 2].map((seed) =>
			startWriteLoad(there.applicationUrl, seed),
		);
		await there.killAgainAndAgain(["sync", "--poll-ms", "20"], 4);
		await there.cutOver();
		const committed = await Promise.all(loads.map((load) => load.stop()));
		assert.ok(
			committed.every((count) => count > 50),
			`${committed}`,
		);
		assert.deepEqual(await slots(), [], "no slot is left behind");
		await assertSame();
	});

	it("refuses a slot that somebody else moved on, and starts anew when told to", async () => {
		await catchUp();
		await onSource("UPDATE legacy_users SET username = 'lost' WHERE id = 9");
		await onSource(
			"SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots WHERE database = current_database()",
		);
		await assert.rejects(
			catchUp(),
			/somebody else moved it on; run cutover sync --renew-slot/,
		);
		await runSync({ untilCaughtUp: true, renewSlot: true });
		await assertSame();
	});

	it("says that the slot is lost, and starts anew when told to", async () => {
		await catchUp();
		await onSource("UPDATE legacy_users SET username = 'lost' WHERE id = 9");
		await onSource(
			"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()",
		);
		await assert.rejects(catchUp(), { name: "SlotLostError" });
		await runSync({ untilCaughtUp: true, renewSlot: true });
		await assertSame();
	});

	it("names the SQL that an owner has to run where it may not, and goes on once that was done", async () => {
		await server.query("postgres", "REVOKE legacy_app FROM cutover");
		const error: unknown = await catchUp().then(
			() => undefined,
			(reason) => reason,
		);
		assert.ok(error instanceof Error);
		const sql = error.message.slice(
			error.message.indexOf("CREATE PUBLICATION"),
		);
		await server.query(pair.sourceName, sql);
		assert.equal((await catchUp()).outcome, "passed");
		await assertSame();
		await server.query(
			pair.sourceName,
			sql.replace(/^CREATE (PUBLICATION \S+).*$/s, "DROP $1"),
		);
	});

	const staying = (side: "source" | "target", command: string) =>
		new RegExp(
			`the replication slot "cutover_\\w+" stays, so that nothing is lost, and keeps WAL on the ${side} meanwhile: run ${command} again to go on from there, or ${command} --stop to remove it$`,
		);

	it("says which slot stays on the source when it breaks off, and nothing of one that is gone", async () => {
		await catchUp();
		await onSource(
			"SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots WHERE database = current_database()",
		);
		await assert.rejects(catchUp(), {
			name: "RefusedError",
			message: staying("source", "cutover sync"),
		});
		await onSource(
			"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()",
		);
		await assert.rejects(catchUp(), (error: Error) => {
			assert.equal(error.name, "SlotLostError");
			assert.doesNotMatch(error.message, /stays/);
			return true;
		});
	});

	it("says which slot stays on the source when it is stopped in the middle of its first load", async () => {
		const stop = new AbortController();
		const said: string[] = [];
		const say = (line: string) => {
			said.push(line);
			if (line.startsWith("following the source"))
				stop.abort(new InterruptedError("stopped by SIGINT"));
		};
		await assert.rejects(
			sync(
				{ ...syncSchema.parse(pair), untilCaughtUp: true },
				{ ...silentTalk, say },
				stop.signal,
			),
			{
				name: "InterruptedError",
				message: staying("source", "cutover sync"),
			},
		);
		assert.match(said.at(-1) ?? "", staying("source", "cutover sync"));
		assert.equal((await slots()).length, 1);
		await catchUp();
		await assertSame();
	});

	it("says which slot stays on the target when it breaks off while it carries back", async () => {
		await catchUp();
		await there.cutOver();
		await catchUp({ reverse: true });
		await onTarget(
			"SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots WHERE database = current_database()",
		);
		await assert.rejects(catchUp({ reverse: true }), {
			name: "RefusedError",
			message: staying("target", "cutover sync --reverse"),
		});
	});

	it("leaves its session in order when a publication cannot be removed", async () => {
		await catchUp();
		await onSource(
			"CREATE FUNCTION keep() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'it is kept'; END $$; CREATE EVENT TRIGGER keep ON sql_drop EXECUTE FUNCTION keep()",
		);
		try {
			await withSession(
				pair.source,
				{ what: "source", readOnly: true },
				async (source) => {
					await withSession(pair.target, { what: "target" }, (target) =>
						assert.rejects(closeFeed(source, target, "forward"), /it is kept/),
					);
					await source.query("SELECT 1");
				},
			);
		} finally {
			await onSource("DROP EVENT TRIGGER keep");
		}
	});

	it("leaves neither slot nor publication when it is stopped, and may be stopped twice", async () => {
		await catchUp();
		assert.equal((await slots()).length, 1);
		await runSync({ stop: true });
		await runSync({ stop: true });
		assert.deepEqual(await slots(), []);
		assert.deepEqual(await onSource("SELECT FROM pg_publication"), []);
		assert.deepEqual(await onTarget("SELECT FROM cutover.capture"), []);
	});

	it("ends in order when it is asked to, and keeps its place", async () => {
		await catchUp();
		const load = startWriteLoad(there.applicationUrl, 7);
		// Between two rounds or in the middle of one.
		for (const afterMs of [1_000, 1_037, 1_071, 1_113, 1_149, 1_186]) {
			const stop = new AbortController();
			const running = runSync({ pollMs: 10 }, stop.signal);
			await sleep(afterMs);
			stop.abort();
			assert.equal((await running).outcome, "passed");
		}
		await load.stop();
		await onSource(
			"UPDATE legacy_users SET username = 'meanwhile' WHERE id = 5",
		);
		await catchUp();
		await assertSame();
	});
});
