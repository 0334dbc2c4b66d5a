import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
	chmod,
	mkdir,
	mkdtemp,
	readdir,
	rm,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { dumpDatabase } from "../../cutover/src/backup/dump.ts";
import { takeHold } from "../../cutover/src/backup/hold.ts";
import { placesOf } from "../../cutover/src/backup/places.ts";
import { createSealer } from "../../cutover/src/backup/seal.ts";
import { holdSnapshot } from "../../cutover/src/backup/snapshot.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import { until } from "./cutoverFixture.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

const never = new AbortController().signal;

describe("cutover backup, where it has to wait", function () {
	this.timeout(120_000);
	let server: TestServer;
	let folder: string;
	let database: string;
	let made = 0;

	before(async () => {
		server = await startPostgres({
			settings: { archive_mode: "on", max_slot_wal_keep_size: "1GB" },
		});
		folder = await mkdtemp(join(tmpdir(), "cutover-backup-waits-"));
		await chmod(folder, 0o711);
		await server.createDatabase("app");
		await server.query(
			"app",
			"CREATE TABLE profiles (id int); INSERT INTO profiles SELECT generate_series(1, 100)",
		);
		await server.query("postgres", "CREATE ROLE backup LOGIN SUPERUSER");
		database = server.url("app", "backup");
	});
	after(async () => {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	});
	beforeEach(() => archiveBy("true"));

	async function archiveBy(command: string): Promise<void> {
		await server.query(
			"postgres",
			`ALTER SYSTEM SET archive_command = '${command}'`,
		);
		await server.query("postgres", "SELECT pg_reload_conf()");
		await server.query("postgres", "SELECT pg_stat_reset_shared('archiver')");
	}

	const start = (...args: string[]) => {
		const child = spawn(
			process.execPath,
			[resolve("cutover/bin/cutover.mjs"), "backup", ...args, "--json"],
			{ env: { ...process.env, TMPDIR: folder }, stdio: "pipe" },
		);
		const said = { stdout: "", stderr: "" };
		child.stdout.on("data", (chunk) => {
			said.stdout += chunk;
		});
		child.stderr.on("data", (chunk) => {
			said.stderr += chunk;
		});
		const ended = once(child, "close").then(([exitCode]) => ({
			exitCode,
			...said,
			// Wrong usage has no result.
			next: said.stdout === "" ? "" : String(JSON.parse(said.stdout).next),
		}));
		return { child, said, ended };
	};
	const run = (...args: string[]) => start(...args).ended;
	/** Options of a run with a folder of its own. */
	const at = () => {
		made += 1;
		const into = join(folder, `shelf${made}`);
		return {
			into,
			options: ["--database", database, "--into", into, "--plaintext"],
		};
	};
	const slots = async () =>
		await server.query(
			"postgres",
			"SELECT slot_name FROM pg_replication_slots",
		);
	const sessions = async (more = "true") =>
		await server.query<{ pid: number }>(
			"postgres",
			`SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'cutover backup%' AND ${more}`,
		);

	/** Somebody has the table for himself while the work is done. */
	async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
		const somebody = new pg.Client({
			connectionString: server.url("app"),
			application_name: "reindexing",
		});
		await somebody.connect();
		try {
			await somebody.query("BEGIN; LOCK TABLE profiles");
			return await work();
		} finally {
			await somebody.end();
		}
	}

	const holder =
		/somebody has a table to themselves \(reindexing process \d+ as postgres holds public\.profiles for \d+ s\): end that, or come back at a quieter time/;

	it("does not wait for ever to count a table that somebody has to themselves, and names who it is", async () => {
		const snapshot = await holdSnapshot(database, 300, never);
		try {
			await whileLocked(() =>
				assert.rejects(
					snapshot.countRows(never, () => undefined),
					(error: Error) => {
						assert.match(
							error.message,
							/^the rows of public\.profiles cannot be counted: .*lock timeout; somebody/,
						);
						assert.match(error.message, holder);
						assert.doesNotMatch(error.message, /may read everything/);
						return true;
					},
				),
			);
		} finally {
			await snapshot.release();
		}
	});

	it("does not wait for ever to dump a table that somebody has to themselves, and names who it is", async () => {
		const { into } = at();
		const snapshot = await holdSnapshot(database, 300, never);
		try {
			await whileLocked(() =>
				assert.rejects(
					dumpDatabase({
						database,
						major: snapshot.facts.major,
						snapshot: snapshot.id,
						jobs: 1,
						lockTimeoutMs: 300,
						spool: join(into, "spool"),
						into,
						part: "database",
						sealer: createSealer([]),
						talk: silentTalk,
						onBytes: () => undefined,
						signal: never,
					}),
					(error: Error) => {
						assert.match(
							error.message,
							/^pg_dump of 127\.0\.0\.1:\d+\/app ended with exit code 1/,
						);
						assert.match(error.message, holder);
						return true;
					},
				),
			);
		} finally {
			await snapshot.release();
		}
	});

	it("ends at once when it is stopped while it waits, and leaves no session on the server", async () => {
		const { into, options } = at();
		await whileLocked(async () => {
			const { child, ended } = start("full", ...options);
			await until(
				"both wait",
				async () => (await sessions("wait_event_type = 'Lock'")).length === 2,
			);
			const stoppedAt = performance.now();
			child.kill("SIGINT");
			const { exitCode, next } = await ended;
			assert.equal(exitCode, 1);
			assert.match(next, /^Stopped before the end/);
			assert.ok(performance.now() - stoppedAt < 5_000);
			assert.deepEqual(await readdir(into), []);
			await until(
				"the server notices",
				async () => (await sessions()).length === 0,
			);
			assert.ok(performance.now() - stoppedAt < 15_000);
		});
	});

	it("copies no server whose archiving fails or is missing: it would wait at the end for ever", async () => {
		const { options } = at();
		await archiveBy("");
		const missing = await run("incremental", ...options);
		assert.equal(missing.exitCode, 1);
		assert.match(
			missing.next,
			/got archive_mode = on with neither archive_command nor archive_library/,
		);
		await archiveBy("false");
		await server.query("app", "INSERT INTO profiles VALUES (0)");
		await server.query("postgres", "SELECT pg_switch_wal()");
		await until("it fails", async () => {
			const [row] = await server.query<{ failed: string }>(
				"postgres",
				"SELECT failed_count AS failed FROM pg_stat_archiver",
			);
			return Number(row?.failed) > 0;
		});
		const failed = await run("incremental", ...options);
		assert.equal(failed.exitCode, 1);
		assert.match(
			failed.next,
			/archiving fails \(last at 20\S+Z, segment [0-9A-F]{24}\): .*the server's log says why archive_command fails/,
		);
		assert.deepEqual(await slots(), []);
	});

	it("shows what the server says while it waits for its archive", async () => {
		const { into, options } = at();
		await archiveBy("sleep 6");
		const done = await run("incremental", ...options);
		assert.equal(done.exitCode, 0, done.stderr + done.stdout);
		assert.match(
			done.stderr,
			/^NOTICE: +base backup done, waiting for required WAL segments to be archived$/m,
		);
		assert.doesNotMatch(done.stderr, /^pg_basebackup/m);
		await archiveBy("true");
		const end = await run(
			...["wal-end", "--database", database, "--into", into, "--yes"],
		);
		assert.equal(end.exitCode, 0, end.stderr);
	});

	it("leaves no slot when it cannot receive: without the program, or while somebody else receives there", async () => {
		const { into, options } = at();
		const empty = join(folder, "empty");
		await mkdir(empty);
		const without = await run("wal", ...options, "--pg-bin", empty);
		assert.equal(without.exitCode, 3, without.stderr);
		assert.match(without.next, /pg_receivewal.* not found/);
		assert.deepEqual(await slots(), []);
		await mkdir(into, { recursive: true });
		const hold = await takeHold(placesOf(into).walLock, "a test", silentTalk);
		try {
			const second = await run("wal", ...options);
			assert.equal(second.exitCode, 1);
			assert.match(second.next, /a test runs already/);
			assert.deepEqual(await slots(), []);
		} finally {
			await hold.release();
		}
	});

	it("removes the slot of a copy that did not begin", async () => {
		const { into, options } = at();
		await mkdir(into, { recursive: true });
		await writeFile(placesOf(into).walLock, "something else");
		const { exitCode, next, stderr } = await run("incremental", ...options);
		assert.equal(exitCode, 1);
		assert.match(next, /is not a record of a running process/);
		assert.match(stderr, /removed the slot backup_slot again/);
		assert.deepEqual(await slots(), []);
	});

	/** Takes a copy up to its wait for the archive. */
	async function waitingCopy() {
		const { into, options } = at();
		await archiveBy("sleep 20");
		const { said, ended } = start("incremental", ...options);
		await until(
			`the copy waits (${said.stderr})`,
			async () =>
				(await sessions("wait_event = 'BackupWaitWalArchive'")).length === 1,
		);
		return { into, ended };
	}
	const endSessions = () =>
		server.query(
			"postgres",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'cutover backup%'",
		);

	it("removes its slot with a new session when the old one went with the copy", async () => {
		const { into, ended } = await waitingCopy();
		await endSessions();
		const { exitCode, stderr } = await ended;
		assert.equal(exitCode, 1);
		assert.match(stderr, /removed the slot backup_slot again/);
		assert.deepEqual(await slots(), []);
		assert.ok(!existsSync(placesOf(into).walLock));
	});

	it("says which slot stays and what it does when it cannot be removed", async () => {
		const { ended } = await waitingCopy();
		await server.query(
			"postgres",
			"ALTER ROLE backup NOSUPERUSER NOREPLICATION",
		);
		try {
			await endSessions();
			const { exitCode, next } = await ended;
			assert.equal(exitCode, 1);
			assert.match(next, /pg_basebackup of 127/);
			assert.match(
				next,
				/the slot backup_slot of 127\.0\.0\.1:\d+\/app could not be removed \(.*\): it stays and makes the server keep its log; run "cutover backup wal-end"/,
			);
			assert.equal((await slots()).length, 1);
		} finally {
			await server.query("postgres", "ALTER ROLE backup SUPERUSER");
			await server.query(
				"postgres",
				"SELECT pg_drop_replication_slot('backup_slot')",
			);
		}
	});
});
