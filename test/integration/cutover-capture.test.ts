import assert from "node:assert/strict";
import {
	connect,
	cut,
	endQuietly,
	type Session,
	withSession,
} from "../../cutover/src/adapters/postgres.ts";
import { barrierLsn } from "../../cutover/src/capture/barrier.ts";
import { compareLsn } from "../../cutover/src/capture/lsn.ts";
import {
	type Peeked,
	peekKeys,
	streamKeys,
} from "../../cutover/src/capture/peek.ts";
import { capturePreflight } from "../../cutover/src/capture/preflight.ts";
import { ensurePublication } from "../../cutover/src/capture/publication.ts";
import {
	advanceSlot,
	createSlot,
	dropSlot,
	slotState,
} from "../../cutover/src/capture/slot.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

const slot = "cutover_sync";
const publication = "cutover sync";
const tables = [
	{ table: "public.users", key: "id" },
	{ table: "public.steps", key: "step" },
];
const schema = `
	CREATE TABLE users (name text, id serial PRIMARY KEY, settings text);
	ALTER TABLE users ALTER settings SET STORAGE EXTERNAL;
	CREATE TABLE steps (step uuid PRIMARY KEY, config text);
	CREATE TABLE others (id serial PRIMARY KEY, note text);
	INSERT INTO users (name) SELECT 'user' || i FROM generate_series(1, 20) i`;
const uuid = (n: number) =>
	`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

let server: TestServer;
let made = 0;

/** A database with the tables, and a session of the capturing role as `sync` opens it: read only by default. */
async function createSource(): Promise<{ name: string; session: Session }> {
	made += 1;
	const name = `source_${made}`;
	await server.query("postgres", `CREATE DATABASE ${name} OWNER legacy_app`);
	await server.query(name, `SET ROLE legacy_app; ${schema}`);
	return { name, session: await open(name) };
}

const open = (name: string, role = "capture"): Promise<Session> =>
	connect(server.url(name, role), { what: "source", readOnly: true });

const peek = (
	session: Session,
	more: { maxChanges?: number; upTo?: string } = {},
): Promise<Peeked> =>
	peekKeys(session, { slot, publication, maxChanges: 100_000, ...more });

const keysOf = (peeked: Peeked, table = "public.users"): readonly string[] =>
	[...(peeked.keys.get(table) ?? [])].toSorted((a, b) =>
		a.localeCompare(b, "en", { numeric: true }),
	);

describe("change capture", function () {
	this.timeout(120_000);

	let name: string;
	let session: Session;
	const run = (sql: string) => server.query(name, sql);

	before(async () => {
		server = await startPostgres({
			settings: {
				wal_level: "logical",
				max_prepared_transactions: "5",
				max_replication_slots: "4",
			},
		});
		await server.query(
			"postgres",
			"CREATE ROLE legacy_app LOGIN; CREATE ROLE capture LOGIN REPLICATION IN ROLE legacy_app; CREATE ROLE stranger LOGIN REPLICATION; CREATE ROLE weak LOGIN",
		);
	});

	after(() => server.stop());

	beforeEach(async () => {
		({ name, session } = await createSource());
		await ensurePublication(session, publication, tables);
		await createSlot(session, slot);
	});

	afterEach(async () => {
		await endQuietly(session);
		await withSession(
			server.url(name, "postgres"),
			{ what: "source" },
			(owner) => dropSlot(owner, slot),
		);
	});

	describe("peekKeys", () => {
		it("answers the keys of inserts, updates, deletes and key changes, by table", async () => {
			await run(
				`INSERT INTO users (name) VALUES ('new'); UPDATE users SET name = 'x' WHERE id = 3; DELETE FROM users WHERE id = 4;
				UPDATE users SET id = 500 WHERE id = 5; INSERT INTO steps VALUES ('${uuid(1)}'); INSERT INTO others (note) VALUES ('unseen')`,
			);
			const peeked = await peek(session);
			assert.deepEqual(keysOf(peeked), ["3", "4", "5", "21", "500"]);
			assert.deepEqual(keysOf(peeked, "public.steps"), [uuid(1)]);
			assert.deepEqual([...peeked.keys.keys()].toSorted(), [
				"public.steps",
				"public.users",
			]);
			assert.equal(peeked.changes, 5);
			assert.equal(peeked.transactions, 1);
			assert.equal(peeked.isMore, false);
		});

		it("answers the same again until the slot is advanced, then nothing", async () => {
			await run("UPDATE users SET name = 'x' WHERE id = 3");
			const first = await peek(session);
			const second = await peek(session);
			assert.deepEqual(keysOf(second), keysOf(first));
			const at = await advanceSlot(session, slot, first.lsn);
			assert.equal(compareLsn(at, first.lsn), 0);
			const third = await peek(session);
			assert.equal(third.keys.size, 0);
			assert.ok(compareLsn(third.lsn, first.lsn) >= 0);
		});

		it("names truncated tables", async () => {
			await run("TRUNCATE users, steps, others");
			const peeked = await peek(session);
			assert.deepEqual([...peeked.truncated].toSorted(), [
				"public.steps",
				"public.users",
			]);
		});

		it("leaves out what was rolled back, also to a savepoint", async () => {
			await run(
				"BEGIN; UPDATE users SET name = 'x' WHERE id = 1; SAVEPOINT a; UPDATE users SET name = 'x' WHERE id = 2; ROLLBACK TO a; SAVEPOINT b; UPDATE users SET name = 'x' WHERE id = 3; RELEASE b; COMMIT",
			);
			await run("BEGIN; UPDATE users SET name = 'x' WHERE id = 4; ROLLBACK");
			const peeked = await peek(session);
			assert.deepEqual(keysOf(peeked), ["1", "3"]);
		});

		it("leaves an open transaction for later, and takes it whole when it commits", async () => {
			const writer = await open(name, "postgres");
			await writer.query("BEGIN READ WRITE");
			await writer.query("UPDATE users SET name = 'x' WHERE id = 1");
			await run("UPDATE users SET name = 'x' WHERE id = 2");
			const first = await peek(session);
			assert.deepEqual(keysOf(first), ["2"]);
			await advanceSlot(session, slot, first.lsn);
			await writer.query("COMMIT");
			await endQuietly(writer);
			assert.deepEqual(keysOf(await peek(session)), ["1"]);
		});

		it("takes a prepared transaction at its commit", async () => {
			await run(
				"BEGIN; UPDATE users SET name = 'x' WHERE id = 1; PREPARE TRANSACTION 'p1'",
			);
			const before = await peek(session);
			assert.equal(before.keys.size, 0);
			await advanceSlot(session, slot, before.lsn);
			await run("COMMIT PREPARED 'p1'");
			assert.deepEqual(keysOf(await peek(session)), ["1"]);
		});

		it("carries keys only, however big the rows are", async () => {
			await run(
				"UPDATE users SET settings = repeat('x', 1000000) WHERE id <= 10; UPDATE users SET name = 'again' WHERE id <= 10",
			);
			assert.equal(keysOf(await peek(session)).length, 10);
			const rows = await server.query<{ bytes: number }>(
				name,
				`SELECT sum(length(data))::int AS bytes FROM pg_logical_slot_peek_binary_changes('${slot}', NULL, NULL, 'proto_version', '1', 'publication_names', '"${publication}"')`,
			);
			assert.ok((rows[0]?.bytes ?? Infinity) < 1_000, `${rows[0]?.bytes}`);
		});

		it("pages by whole transactions and ends where the last one ended", async () => {
			for (let id = 1; id <= 12; id += 1) {
				await run(
					`BEGIN; UPDATE users SET name = 'a' WHERE id = ${id}; UPDATE users SET name = 'b' WHERE id = ${id} % 12 + 1; COMMIT`,
				);
			}
			const seen = new Set<string>();
			let pages = 0;
			let transactions = 0;
			for (let isMore = true; isMore; pages += 1) {
				const peeked = await peek(session, { maxChanges: 6 });
				assert.ok(peeked.transactions <= 3, `${peeked.transactions}`);
				assert.equal(peeked.changes, peeked.transactions * 2);
				for (const key of keysOf(peeked)) seen.add(key);
				transactions += peeked.transactions;
				await advanceSlot(session, slot, peeked.lsn);
				isMore = peeked.isMore;
			}
			assert.equal(seen.size, 12);
			assert.equal(transactions, 12);
			assert.ok(pages >= 4, `${pages}`);
		});

		it("hands a transaction bigger than maxChanges out whole", async () => {
			await run(
				"INSERT INTO users (name) SELECT 'x' FROM generate_series(1, 30000)",
			);
			const peeked = await peek(session, { maxChanges: 10 });
			assert.equal(peeked.keys.get("public.users")?.size, 30_000);
			assert.equal(peeked.isMore, true);
		});

		it("hands a big transaction over page by page, and waits for whoever takes them", async () => {
			await run(
				"INSERT INTO users (name) SELECT 'x' FROM generate_series(1, 30000)",
			);
			const seen = new Set<string>();
			let most = 0;
			let taking = 0;
			const reach = await streamKeys(
				session,
				{ slot, publication, maxChanges: 10 },
				async (page) => {
					taking += 1;
					assert.equal(taking, 1);
					await new Promise((resolve) => setImmediate(resolve));
					const keys = page.get("public.users") ?? new Set();
					most = Math.max(most, keys.size);
					for (const key of keys) seen.add(key);
					taking -= 1;
				},
			);
			assert.equal(seen.size, 30_000);
			assert.equal(reach.changes, 30_000);
			assert.ok(most <= 5_000, `${most}`);
		});

		it("ends cleanly when whoever takes the keys fails", async () => {
			await run("UPDATE users SET name = 'x' WHERE id = 1");
			await assert.rejects(
				streamKeys(session, { slot, publication, maxChanges: 10 }, async () => {
					throw new Error("the disk is full");
				}),
				/the disk is full/,
			);
			assert.deepEqual(keysOf(await peek(session)), ["1"]);
		});

		it("moves the slot over what is of no interest, in other tables and databases", async () => {
			const other = await createSource();
			await endQuietly(other.session);
			await server.query(
				other.name,
				"INSERT INTO users (name) SELECT 'x' FROM generate_series(1, 1000); ",
			);
			await run(
				"INSERT INTO others (note) SELECT 'x' FROM generate_series(1, 1000)",
			);
			const before = await slotState(session, slot);
			const peeked = await peek(session);
			assert.equal(peeked.keys.size, 0);
			await advanceSlot(session, slot, peeked.lsn);
			const after = await slotState(session, slot);
			assert.ok((before?.lagBytes ?? 0) > 100_000, `${before?.lagBytes}`);
			assert.ok((after?.lagBytes ?? Infinity) < 10_000, `${after?.lagBytes}`);
		});

		it("stops before the position it is told, and says how far it came", async () => {
			await run("UPDATE users SET name = 'x' WHERE id = 1");
			const upTo = await barrierLsn(session);
			await run("UPDATE users SET name = 'x' WHERE id = 2");
			const peeked = await peek(session, { upTo });
			assert.deepEqual(keysOf(peeked), ["1"]);
			assert.equal(compareLsn(peeked.lsn, upTo), 0);
			await advanceSlot(session, slot, peeked.lsn);
			assert.deepEqual(keysOf(await peek(session)), ["2"]);
		});

		it("names the session that uses the slot", async () => {
			const holder = await holdSlot(name);
			try {
				await assert.rejects(peek(session), {
					name: "RefusedError",
					message:
						/slot "cutover_sync" is in use by process \d+ \(other reader, postgres[^)]*\); wait for it or end it/,
				});
			} finally {
				await holder.stop();
			}
		});

		it("waits for a slot that is let go", async () => {
			await run("UPDATE users SET name = 'x' WHERE id = 1");
			const holder = await holdSlot(name);
			const waiting = peek(session);
			await until(async () => {
				const rows = await run(
					"SELECT FROM pg_stat_activity WHERE usename = 'capture' AND query = 'ROLLBACK'",
				);
				return rows.length === 1;
			});
			await holder.stop();
			assert.deepEqual(keysOf(await waiting), ["1"]);
		});

		it("says what a role without the right to replicate needs", async () => {
			const weak = await open(name, "weak");
			try {
				await assert.rejects(peek(weak), {
					name: "RefusedError",
					message: /run as superuser: ALTER ROLE "weak" REPLICATION/,
				});
			} finally {
				await endQuietly(weak);
			}
		});

		it("says that a dropped slot is lost and has to be renewed", async () => {
			await dropSlot(session, slot);
			await assert.rejects(peek(session), {
				name: "SlotLostError",
				slot,
				message: /does not exist.*cutover sync --renew-slot/,
			});
		});

		it("says that a slot older than its publication has to be renewed", async () => {
			await run(`DROP PUBLICATION "${publication}"`);
			await run("UPDATE users SET name = 'x' WHERE id = 1");
			await ensurePublication(session, publication, tables);
			await assert.rejects(peek(session), {
				name: "SlotLostError",
				message:
					/publication.* made after the slot, or dropped since.*--renew-slot/,
			});
		});

		it("waits until what it answers can be seen", async () => {
			// A commit that no standby confirms is in the log, and in the feed, but nobody sees its rows.
			await run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
			await run("SELECT pg_reload_conf()");
			const writer = await open(name, "postgres");
			try {
				await until(async () => {
					const rows = await server.query<{ names: string }>(
						name,
						"SELECT current_setting('synchronous_standby_names') AS names",
					);
					return rows[0]?.names === "nobody";
				});
				await writer.query("BEGIN READ WRITE");
				await writer.query("UPDATE users SET name = 'new' WHERE id = 1");
				const commit = writer.query("COMMIT");
				await until(async () => {
					const rows = await run(
						"SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
					);
					return rows.length === 1;
				});
				let isAnswered = false;
				const peeked = peek(session).then((answer) => {
					isAnswered = true;
					return answer;
				});
				await until(async () => {
					const rows = await run(
						"SELECT FROM pg_stat_activity WHERE query LIKE '%pg_snapshot_xmax%' AND pid <> pg_backend_pid()",
					);
					return rows.length > 0;
				});
				assert.equal(isAnswered, false);
				await run("ALTER SYSTEM RESET synchronous_standby_names");
				await run("SELECT pg_reload_conf()");
				assert.deepEqual(keysOf(await peeked), ["1"]);
				const { rows } = await session.query(
					"SELECT name FROM users WHERE id = 1",
				);
				assert.deepEqual(rows, [{ name: "new" }]);
				await commit;
			} finally {
				await run("ALTER SYSTEM RESET synchronous_standby_names");
				await run("SELECT pg_reload_conf()");
				await endQuietly(writer);
			}
		});

		it("keeps a copy level with tables that several sessions write to", async () => {
			const mirror = new Map<string, string>();
			const writers = await Promise.all(
				[1, 2, 3].map(() => open(name, "postgres")),
			);
			let writing = writers.length;
			const written = writers.map(async (writer, which) => {
				await writer.query("SET default_transaction_read_only = off");
				await writer.query(
					`SET synchronous_commit = ${which === 0 ? "on" : "off"}`,
				);
				for (let n = 0; n < 200; n += 1) {
					const id = 1 + ((n * 7 + which) % 20);
					await writer.query("BEGIN");
					await writer.query(
						"INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
						[id, `${which} ${n}`],
					);
					if (n % 5 === 0) {
						await writer.query("DELETE FROM users WHERE id = $1", [id]);
					}
					if (n % 7 === 0) {
						await writer.query("UPDATE users SET id = $2 WHERE id = $1", [
							id,
							1000 + which * 1000 + n,
						]);
					}
					await writer.query(n % 11 === 0 ? "ROLLBACK" : "COMMIT");
				}
				writing -= 1;
			});
			let upTo: string | undefined;
			for (;;) {
				if (writing === 0) upTo ??= await barrierLsn(session);
				const peeked = await peek(session, { maxChanges: 20 });
				const keys = keysOf(peeked);
				const { rows } = await session.query<{ id: string; name: string }>(
					"SELECT id::text AS id, name FROM users WHERE id = ANY($1::int[])",
					[keys],
				);
				for (const key of keys) mirror.delete(key);
				for (const row of rows) mirror.set(row.id, row.name);
				await advanceSlot(session, slot, peeked.lsn);
				if (upTo !== undefined && compareLsn(peeked.lsn, upTo) >= 0) break;
			}
			await Promise.all(written);
			await Promise.all(writers.map(endQuietly));
			const rows = await server.query<{ id: string; name: string }>(
				name,
				"SELECT id::text AS id, name FROM users WHERE name !~ '^user'",
			);
			assert.ok(rows.length > 20, `${rows.length}`);
			assert.deepEqual(
				[...mirror].toSorted(),
				rows.map((row): [string, string] => [row.id, row.name]).toSorted(),
			);
		});

		it("loses nothing when the server crashes, before and after the slot was advanced", async () => {
			await run("UPDATE users SET name = 'x' WHERE id = 1");
			await peek(session);
			await server.crash();
			session = await open(name);
			const again = await peek(session);
			assert.deepEqual(keysOf(again), ["1"]);
			await advanceSlot(session, slot, again.lsn);
			await run("UPDATE users SET name = 'x' WHERE id = 2");
			await server.crash();
			session = await open(name);
			assert.ok(keysOf(await peek(session)).includes("2"));
		});

		it("answers the same to the next session when one is killed before it advances", async () => {
			await run("UPDATE users SET name = 'x' WHERE id = 1");
			await peek(session);
			const { rows } = await session.query("SELECT pg_backend_pid() AS pid");
			await run(`SELECT pg_terminate_backend(${rows[0]?.pid})`);
			session = await open(name);
			assert.deepEqual(keysOf(await peek(session)), ["1"]);
		});
	});

	describe("advanceSlot", () => {
		it("never goes back, and may be repeated", async () => {
			await run("UPDATE users SET name = 'x' WHERE id = 1");
			const first = await peek(session);
			await run("UPDATE users SET name = 'x' WHERE id = 2");
			const second = await peek(session);
			await advanceSlot(session, slot, second.lsn);
			const at = (await slotState(session, slot))?.confirmedLsn;
			assert.equal(await advanceSlot(session, slot, first.lsn), at);
			assert.equal(await advanceSlot(session, slot, second.lsn), at);
			assert.equal((await peek(session)).keys.size, 0);
		});
	});

	describe("barrierLsn", () => {
		it("lies behind commits that are not yet written out", async () => {
			const writer = await connect(server.url(name), { what: "source" });
			await writer.query("SET synchronous_commit = off");
			try {
				for (let id = 1; id <= 20; id += 1) {
					await writer.query(`UPDATE users SET name = 'x' WHERE id = ${id}`);
					const upTo = await barrierLsn(session);
					const peeked = await peek(session, { upTo });
					assert.deepEqual(keysOf(peeked), [String(id)]);
					assert.ok(compareLsn(peeked.lsn, upTo) >= 0);
					await advanceSlot(session, slot, peeked.lsn);
				}
			} finally {
				await endQuietly(writer);
			}
		});
	});

	describe("createSlot and dropSlot", () => {
		it("make one slot and remove it, however often they are called", async () => {
			const again = await createSlot(session, slot);
			assert.equal(again.isNew, false);
			assert.equal(again.lsn, (await slotState(session, slot))?.confirmedLsn);
			const state = await slotState(session, slot);
			assert.equal(state?.walStatus, "reserved");
			assert.equal(state?.isActive, false);
			assert.equal(state?.safeWalBytes, undefined);
			await dropSlot(session, slot);
			await dropSlot(session, slot);
			assert.equal(await slotState(session, slot), undefined);
			assert.equal((await createSlot(session, slot)).isNew, true);
		});

		it("leave the slot of another database alone", async () => {
			const other = await createSource();
			try {
				const expected = {
					name: "RefusedError",
					message: new RegExp(
						`"cutover_sync" is a slot of the database "${name}"`,
					),
				};
				await assert.rejects(createSlot(other.session, slot), expected);
				await assert.rejects(dropSlot(other.session, slot), expected);
			} finally {
				await endQuietly(other.session);
			}
			assert.notEqual(await slotState(session, slot), undefined);
		});

		it("leave a slot of another kind alone", async () => {
			await run("SELECT pg_create_physical_replication_slot('physical')");
			await run(
				"SELECT pg_create_logical_replication_slot('test', 'test_decoding')",
			);
			try {
				await assert.rejects(dropSlot(session, "physical"), {
					message: /"physical" is a physical slot/,
				});
				await assert.rejects(createSlot(session, "test"), {
					message: /"test" is a slot of the plugin test_decoding/,
				});
			} finally {
				await run("SELECT pg_drop_replication_slot('physical')");
				await run("SELECT pg_drop_replication_slot('test')");
			}
		});

		it("say when every slot is taken", async () => {
			for (const n of [1, 2, 3]) {
				await run(`SELECT pg_create_physical_replication_slot('full${n}')`);
			}
			try {
				const checks = await capturePreflight(session, tables, "new_one");
				assert.deepEqual(
					checks.filter((c) => c.outcome === "failed").map((c) => c.name),
					["free replication slots"],
				);
				await assert.rejects(createSlot(session, "new_one"), {
					name: "RefusedError",
					message: /raise max_replication_slots/,
				});
			} finally {
				for (const n of [1, 2, 3]) {
					await run(`SELECT pg_drop_replication_slot('full${n}')`);
				}
			}
		});

		it("name the transaction that a new slot waits for", async () => {
			await dropSlot(session, slot);
			const writer = await open(name, "postgres");
			try {
				await writer.query("BEGIN READ WRITE");
				await writer.query("UPDATE users SET name = 'x' WHERE id = 1");
				await run(
					"BEGIN; UPDATE users SET name = 'x' WHERE id = 2; PREPARE TRANSACTION 'p2'",
				);
				await assert.rejects(createSlot(session, slot, 300), (error: Error) => {
					assert.equal(error.name, "RefusedError");
					assert.match(error.message, /within 0\.3 s: it waits for/);
					assert.match(error.message, /process \d+ of postgres in source_/);
					assert.match(error.message, /prepared transaction 'p2' of postgres/);
					return true;
				});
				assert.equal(await slotState(session, slot), undefined);
			} finally {
				await endQuietly(writer);
				await run("ROLLBACK PREPARED 'p2'");
			}
			assert.equal((await createSlot(session, slot)).isNew, true);
		});

		it("refuse a name that no slot can have", async () => {
			await assert.rejects(createSlot(session, "Cutover-1"), {
				message: /lower-case letters, digits and underscores/,
			});
		});
	});

	describe("ensurePublication", () => {
		it("changes nothing the second time, and needs no rights then", async () => {
			const stranger = await open(name, "stranger");
			try {
				assert.equal(
					await ensurePublication(stranger, publication, tables),
					"unchanged",
				);
			} finally {
				await endQuietly(stranger);
			}
		});

		it("adjusts a publication that lacks tables, columns or operations", async () => {
			const users = tables.slice(0, 1);
			assert.equal(
				await ensurePublication(session, publication, users),
				"adjusted",
			);
			await run(
				`ALTER PUBLICATION "${publication}" SET TABLE users, steps (step); ALTER PUBLICATION "${publication}" SET (publish = 'insert')`,
			);
			assert.equal(
				await ensurePublication(session, publication, tables),
				"adjusted",
			);
			assert.equal(
				await ensurePublication(session, publication, tables),
				"unchanged",
			);
			await run("DELETE FROM users WHERE id = 1");
			assert.deepEqual(keysOf(await peek(session)), ["1"]);
		});

		it("names the rights that are missing, with SQL that works for an owner", async () => {
			for (const there of [false, true]) {
				const wanted = there ? tables : tables.slice(0, 1);
				const stranger = await open(name, "stranger");
				try {
					const error: unknown = await ensurePublication(
						stranger,
						"by hand",
						wanted,
					).catch((thrown: unknown) => thrown);
					assert.ok(error instanceof Error);
					assert.equal(error.name, "RefusedError");
					assert.match(
						error.message,
						there
							? /"stranger" is not legacy_app, who owns the publication "by hand"/
							: /"stranger" is not legacy_app, who owns public\.users; "stranger" lacks CREATE on the database/,
					);
					const [, ...sql] = error.message.split("\n");
					await server.query(name, `SET ROLE legacy_app; ${sql.join("")}`);
					assert.equal(
						await ensurePublication(stranger, "by hand", wanted),
						"unchanged",
					);
				} finally {
					await endQuietly(stranger);
				}
			}
		});

		it("refuses tables whose updates the server would refuse afterwards", async () => {
			await run(
				"CREATE TABLE keyless (id integer); CREATE TABLE full_identity (id integer PRIMARY KEY); ALTER TABLE full_identity REPLICA IDENTITY FULL; CREATE UNLOGGED TABLE unlogged (id integer PRIMARY KEY); CREATE TABLE pair (id integer, part integer, PRIMARY KEY (id, part))",
			);
			const bad = [
				"keyless",
				"full_identity",
				"unlogged",
				"pair",
				"absent",
			].map((table) => ({ table: `public.${table}`, key: "id" }));
			await assert.rejects(
				ensurePublication(session, publication, [...tables, ...bad]),
				(error: Error) => {
					for (const { table } of bad)
						assert.match(error.message, new RegExp(table));
					return error.name === "RefusedError";
				},
			);
			const checks = await capturePreflight(session, [...tables, ...bad], slot);
			const identity = checks.find(
				(check) => check.name === "replica identity",
			);
			assert.equal(identity?.outcome, "failed");
			assert.equal(identity?.details?.length, 5);
			await run("UPDATE users SET name = 'still possible' WHERE id = 1");
		});

		it("leaves a publication of all tables alone", async () => {
			await run("CREATE PUBLICATION everything FOR ALL TABLES");
			await assert.rejects(ensurePublication(session, "everything", tables), {
				message: /"everything" is one of all tables.*choose another name/,
			});
		});
	});

	describe("capturePreflight", () => {
		it("passes here but for the warning of WAL without limit", async () => {
			const checks = await capturePreflight(session, tables, slot);
			assert.deepEqual(
				checks
					.filter((check) => check.outcome !== "passed")
					.map(({ name, outcome, required }) => [name, outcome, required]),
				[["max_slot_wal_keep_size", "inconclusive", false]],
			);
			assert.equal(checks.length, 7);
		});

		it("fails a role that may not replicate", async () => {
			const weak = await open(name, "weak");
			try {
				const checks = await capturePreflight(weak, tables, slot);
				assert.deepEqual(
					checks.filter((c) => c.outcome === "failed").map((c) => c.name),
					["replication role"],
				);
			} finally {
				await endQuietly(weak);
			}
		});
	});

	describe("a slot whose WAL was removed", () => {
		before(async () => {
			await server.query(
				"postgres",
				"ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'",
			);
			await server.query("postgres", "SELECT pg_reload_conf()");
		});
		after(async () => {
			await server.query(
				"postgres",
				"ALTER SYSTEM RESET max_slot_wal_keep_size",
			);
			await server.query("postgres", "SELECT pg_reload_conf()");
		});

		it("is an error of its own with the way out, and can be dropped and made anew", async () => {
			await run("UPDATE users SET name = 'x' WHERE id = 1");
			assert.equal(
				typeof (await slotState(session, slot))?.safeWalBytes,
				"number",
			);
			for (let round = 0; round < 4; round += 1) {
				await run("SELECT pg_logical_emit_message(true, '', 'x')");
				await run("SELECT pg_switch_wal()");
			}
			await run("CHECKPOINT");
			assert.equal((await slotState(session, slot))?.walStatus, "lost");
			const expected = {
				name: "SlotLostError",
				slot,
				message:
					/the server removed WAL that it needs \(max_slot_wal_keep_size is 1MB\); run cutover sync --renew-slot: drops it, makes a new one and compares by transaction age/,
			};
			await assert.rejects(peek(session), expected);
			await assert.rejects(advanceSlot(session, slot, "F/0"), expected);
			await assert.rejects(createSlot(session, slot), expected);
			await dropSlot(session, slot);
			assert.equal((await createSlot(session, slot)).isNew, true);
			await run("UPDATE users SET name = 'y' WHERE id = 2");
			assert.deepEqual(keysOf(await peek(session)), ["2"]);
		});
	});
});

/** A reader that holds the slot of a database until it is told to stop, as another program would. */
async function holdSlot(name: string): Promise<{ stop(): Promise<void> }> {
	const reader = await connect(`${server.url(name)}?replication=database`, {
		what: "source",
		applicationName: "other reader",
	});
	const reading = reader
		.query(
			`START_REPLICATION SLOT ${slot} LOGICAL 0/0 (proto_version '1', publication_names '"${publication}"')`,
		)
		.catch(() => undefined);
	await until(async () => {
		const rows = await server.query(
			name,
			"SELECT FROM pg_replication_slots WHERE active",
		);
		return rows.length === 1;
	});
	return {
		async stop() {
			cut(reader);
			await reading;
		},
	};
}

async function until(look: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; tries < 200; tries += 1) {
		if (await look()) return;
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
	throw new Error("it did not come to pass in 5 s");
}
