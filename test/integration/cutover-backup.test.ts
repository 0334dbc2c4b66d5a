import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
	chmod,
	mkdir,
	mkdtemp,
	readdir,
	readFile,
	rm,
	stat,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres, type TestServer } from "./postgres.ts";

/** What a run of the command line left. */
interface Run {
	readonly exitCode: number | null;
	readonly stdout: string;
	readonly stderr: string;
	/** The JSON result, where there is one. */
	readonly result: Result;
}

interface Result {
	readonly outcome: string;
	readonly checks: readonly {
		readonly name: string;
		readonly outcome: string;
		readonly actual: string;
		readonly details?: readonly string[];
	}[];
	readonly next: string;
	readonly path?: string;
	readonly linkedFiles?: number;
	readonly removed?: readonly string[];
	readonly rtoSeconds?: number;
	readonly rpoSeconds?: number;
	readonly backups?: readonly {
		readonly name: string;
		readonly verifiedAt: string | null;
		readonly expires: boolean;
		readonly problem?: string;
	}[];
}

describe("cutover backup and restore, against a real server", function () {
	this.timeout(300_000);
	let server: TestServer;
	let folder: string;
	let database: string;
	let made = 0;
	const running = new Set<ReturnType<typeof start>>();

	before(async () => {
		server = await startPostgres();
		folder = await mkdtemp(join(tmpdir(), "cutover-backup-"));
		// Local servers run as an account of their own, which has to come through.
		await chmod(folder, 0o711);
		await server.query(
			"postgres",
			"ALTER SYSTEM SET max_slot_wal_keep_size = '1GB'",
		);
		await server.query("postgres", "SELECT pg_reload_conf()");
		await server.query(
			"postgres",
			"CREATE ROLE app_owner; CREATE ROLE backup LOGIN PASSWORD 's3cretpw' SUPERUSER",
		);
		await server.createDatabase("app");
		await server.query(
			"app",
			`CREATE SCHEMA auth;
			CREATE TABLE auth.users (id int PRIMARY KEY, email text, encrypted_password text);
			INSERT INTO auth.users SELECT i, 'u' || i || '@example.com', 'hash-of-' || md5(i::text) FROM generate_series(1, 20000) i;
			CREATE TABLE profiles (id int PRIMARY KEY REFERENCES auth.users, preferences jsonb);
			INSERT INTO profiles SELECT i, jsonb_build_object('theme', md5(i::text)) FROM generate_series(1, 20000) i;
			ALTER TABLE profiles OWNER TO app_owner;
			ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
			CREATE POLICY own ON profiles USING (id = 1);
			CREATE SEQUENCE numbers START 4711; SELECT nextval('numbers');
			SELECT lo_from_bytea(4242, 'large object')`,
		);
		database = server.url("app", "backup", "s3cretpw");
		await mkdir(join(folder, "uploads", "2026"), { recursive: true });
		for (let at = 0; at < 20; at += 1) {
			await writeFile(
				join(folder, "uploads", "2026", `shot ${at}.png`),
				`picture ${at} `.repeat(1000),
			);
		}
		await writeFile(join(folder, ".env"), "API_KEY=very-secret-value\n");
		const key = await cutover("backup", "key");
		assert.equal(key.exitCode, 0, key.stderr);
	});
	after(async () => {
		for (const child of running) child.kill("SIGTERM");
		await Promise.all([...running].map((child) => once(child, "close")));
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	});

	const start = (
		args: readonly string[],
		shell?: string,
	): ChildProcessByStdio<null, Readable, Readable> => {
		const cli = [resolve("cutover/bin/cutover.mjs"), ...args, "--json"];
		const [command, argv] =
			shell === undefined
				? [process.execPath, cli]
				: ["/bin/bash", ["-c", shell, "bash", process.execPath, ...cli]];
		const child = spawn(command, argv, {
			env: {
				...process.env,
				BACKUP_IDENTITY_FILE: join(folder, "key"),
				TMPDIR: folder,
				CUTOVER_REPORT_DIR: join(folder, "reports"),
			},
			stdio: ["ignore", "pipe", "pipe"],
		});
		running.add(child);
		child.once("close", () => running.delete(child));
		return child;
	};
	const collect = async (child: ReturnType<typeof start>): Promise<Run> => {
		let [stdout, stderr] = ["", ""];
		child.stdout.on("data", (chunk) => {
			stdout += chunk;
		});
		child.stderr.on("data", (chunk) => {
			stderr += chunk;
		});
		const [exitCode] = await once(child, "close");
		const result = stdout.startsWith("{")
			? JSON.parse(stdout)
			: { outcome: "none", checks: [], next: "" };
		return { exitCode, stdout, stderr, result };
	};
	const cutover = (...args: string[]) => collect(start(args));
	/** A folder for backups that no other test uses. */
	const shelf = () => {
		made += 1;
		return join(folder, `shelf${made}`);
	};
	const full = async (into: string, ...more: string[]) => {
		const run = await cutover(
			...["backup", "full", "--database", database, "--into", into],
			...more,
		);
		assert.equal(run.exitCode, 0, run.stderr);
		return { ...run, path: run.result.path ?? "" };
	};
	/** An empty database of the server, and its address. */
	const emptyDatabase = async () => {
		made += 1;
		return await server.createDatabase(`restored_${made}`);
	};
	const contentOf = async (name: string) =>
		JSON.stringify(
			await server.query(
				name,
				`SELECT (SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM auth.users u) AS users,
					(SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM profiles p) AS profiles,
					(SELECT last_value FROM numbers) AS number, convert_from(lo_get(4242), 'UTF8') AS large,
					(SELECT array_agg(polname::text) FROM pg_policy) AS policies,
					(SELECT relowner::regrole::text FROM pg_class WHERE relname = 'profiles') AS owner`,
			),
		);
	const leftovers = async (into: string) =>
		(await readdir(into)).filter(
			(name) => name.startsWith(".") && name !== ".spool",
		);

	it("keeps a dump, roles, uploads and .env, all of it encrypted and for the owner alone", async () => {
		const into = shelf();
		const { path, stdout, stderr } = await full(
			into,
			...["--uploads", join(folder, "uploads")],
			...["--env-file", join(folder, ".env"), "--images", "app@sha256:1"],
		);
		const manifest = JSON.parse(
			await readFile(join(path, "manifest.json"), "utf8"),
		);
		assert.deepEqual(manifest.database.tables, [
			{ schema: "auth", name: "users", rows: 20000 },
			{ schema: "public", name: "profiles", rows: 20000 },
		]);
		assert.match(manifest.database.walPosition, /^[0-9A-F]+\/[0-9A-F]+$/);
		assert.deepEqual(
			manifest.parts.map((part: { name: string; state: string }) => [
				part.name,
				part.state,
			]),
			[
				["database", "done"],
				["roles", "done"],
				["auth", "done"],
				["uploads", "done"],
				["config", "not configured"],
				["env", "done"],
				["images", "done"],
				["rds snapshot", "not configured"],
			],
		);
		for (const entry of await readdir(path, {
			recursive: true,
			withFileTypes: true,
		})) {
			const place = join(entry.parentPath, entry.name);
			const { mode } = await stat(place);
			assert.equal(mode & 0o777, entry.isDirectory() ? 0o700 : 0o600, place);
			if (entry.isDirectory() || /manifest/.test(entry.name)) continue;
			const head = (await readFile(place)).subarray(0, 21).toString();
			assert.equal(head, "age-encryption.org/v1", place);
		}
		assert.ok(!`${stdout}${stderr}`.includes("s3cretpw"));
		const text = await readFile(join(path, "manifest.json"), "utf8");
		assert.ok(!/s3cretpw|very-secret|AGE-SECRET/.test(text));
		assert.deepEqual(await leftovers(into), []);
	});

	it("restores everything into an empty database and named folders, as it was", async () => {
		const into = shelf();
		const { path } = await full(
			into,
			...["--uploads", join(folder, "uploads")],
			...["--env-file", join(folder, ".env")],
		);
		const target = await emptyDatabase();
		const back = join(folder, "back");
		const run = await cutover(
			...["restore", "--from", path, "--database", target],
			...["--uploads-into", back, "--env-into", join(folder, "back.env")],
		);
		assert.equal(run.exitCode, 0, run.stderr + run.stdout);
		assert.equal(
			await contentOf(target.split("/").at(-1) ?? ""),
			await contentOf("app"),
		);
		assert.equal(
			await readFile(join(back, "2026", "shot 7.png"), "utf8"),
			"picture 7 ".repeat(1000),
		);
		assert.equal(
			await readFile(join(folder, "back.env"), "utf8"),
			"API_KEY=very-secret-value\n",
		);
	});

	it("never writes hashes unencrypted unless it is said, and never destroys unless it is said", async () => {
		const into = shelf();
		const bare = ["backup", "full", "--database", database, "--into", into];
		const child = spawn(
			process.execPath,
			[resolve("cutover/bin/cutover.mjs"), ...bare, "--json"],
			{
				env: { ...process.env, XDG_CONFIG_HOME: join(folder, "none") },
				stdio: ["ignore", "pipe", "pipe"],
			},
		);
		const refused = await collect(child);
		assert.equal(refused.exitCode, 2);
		assert.match(refused.stderr, /no key to encrypt the backup with/);
		assert.ok(!existsSync(into));

		const { path } = await full(into, "--plaintext");
		const target = await emptyDatabase();
		const name = target.split("/").at(-1) ?? "";
		await server.query(
			name,
			"CREATE TABLE mine (id int); INSERT INTO mine VALUES (7)",
		);
		const restore = ["restore", "--from", path, "--database", target];
		const kept = await cutover(...restore);
		assert.equal(kept.exitCode, 1);
		assert.match(
			kept.result.next,
			/expected an empty database at 127\.0\.0\.1:\d+\/restored_\d+, got 1 objects \(public\.mine\)/,
		);
		const unasked = await cutover(...restore, "--replace");
		assert.equal(unasked.exitCode, 2);
		assert.match(
			unasked.stderr,
			/DESTROYS all 1 objects of the database 127.*give --yes to go on/,
		);
		assert.equal((await server.query(name, "SELECT * FROM mine")).length, 1);
		const replaced = await cutover(...restore, "--replace", "--yes");
		assert.equal(replaced.exitCode, 0, replaced.stdout);
		assert.equal(await contentOf(name), await contentOf("app"));
	});

	it("names every file that is missing, changed or additional, and restores nothing from such a backup", async () => {
		const into = shelf();
		const { path } = await full(into);
		const good = await cutover("backup", "verify", "--into", into);
		assert.equal(good.exitCode, 0, good.stdout);
		const file = join(path, "globals.sql.age");
		const bytes = await readFile(file);
		bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
		await writeFile(file, bytes);
		await rm(join(path, "database", "toc.dat.age"));
		await writeFile(join(path, "stranger"), "");
		const bad = await cutover("backup", "verify", "--into", into);
		assert.equal(bad.exitCode, 1);
		const [check] = bad.result.checks;
		assert.match(
			check?.details?.[0] ?? "",
			/^changed: globals\.sql\.age: expected sha256/,
		);
		assert.equal(check?.details?.[1], "extra: stranger");
		assert.equal(check?.details?.[2], "missing: database/toc.dat.age");
		const target = await emptyDatabase();
		const restore = await cutover(
			"restore",
			"--from",
			path,
			"--database",
			target,
		);
		assert.equal(restore.exitCode, 1);
		assert.match(restore.result.next, /is damaged: nothing was restored/);
		const listed = await cutover("backup", "list", "--into", into);
		assert.equal(listed.result.backups?.[0]?.verifiedAt, null);
		const manifest = join(path, "manifest.json");
		const text = await readFile(manifest, "utf8");
		await writeFile(manifest, text.replace('"rows": 20000', '"rows": 19999'));
		const forged = await cutover("backup", "verify", "--from", path);
		assert.match(
			forged.result.checks[0]?.details?.[0] ?? "",
			/the manifest of .* was changed/,
		);
	});

	it("drills a dump: restored into a server of its own, validated, timed, and nothing of it left", async () => {
		const into = shelf();
		await full(into);
		const run = await cutover("backup", "drill", "--into", into);
		assert.equal(run.exitCode, 0, run.stdout + run.stderr);
		assert.ok((run.result.rtoSeconds ?? 0) > 0);
		assert.ok((run.result.rpoSeconds ?? 0) > 0);
		const [line = ""] = (
			await readFile(join(into, "drills.json"), "utf8")
		).split("\n");
		assert.equal(JSON.parse(line).rtoSeconds, run.result.rtoSeconds);
		const report = await readFile(
			join(folder, "reports/backup-drill.json"),
			"utf8",
		);
		assert.equal(JSON.parse(report).rtoSeconds, run.result.rtoSeconds);
		assert.deepEqual(await leftovers(into), []);
		assert.deepEqual(
			(await readdir(folder)).filter((name) => /^cutover-/.test(name)),
			[],
		);
	});

	it("says that a drill did not run where there is no server, and does not call it passed", async () => {
		const into = shelf();
		await full(into);
		const run = await cutover(
			...["backup", "drill", "--into", into, "--pg-bin", folder],
		);
		assert.equal(run.exitCode, 3);
		assert.equal(run.result.outcome, "not run");
		assert.match(
			run.result.next,
			/postgres, initdb, pg_restore of PostgreSQL 15 or later not found/,
		);
	});

	it("deletes by retention only whole backups, and shows before which", async () => {
		const into = shelf();
		const first = await full(into);
		await cutover("backup", "verify", "--from", first.path);
		const second = await full(into);
		const shown = await cutover(
			"backup",
			"list",
			"--into",
			into,
			"--keep",
			"1",
		);
		assert.deepEqual(
			shown.result.backups?.map((one) => one.expires),
			[false, false],
			"the first is the last verified one",
		);
		await cutover("backup", "verify", "--from", second.path);
		const third = await full(into, "--keep", "2");
		assert.deepEqual(third.result.removed, [first.path.split("/").at(-1)]);
		assert.ok(!existsSync(first.path));
		assert.ok(existsSync(second.path));
	});

	it("goes back to a moment between two writes, from a base backup and the received log", async () => {
		const into = shelf();
		await server.createDatabase("moments");
		await server.query("moments", "CREATE TABLE seen (id int PRIMARY KEY)");
		const url = server.url("moments", "backup", "s3cretpw");
		await full(into, "--uploads", join(folder, "uploads"));
		const taken = await cutover(
			...["backup", "incremental", "--database", url, "--into", into],
			...["--uploads", join(folder, "uploads")],
		);
		assert.equal(taken.exitCode, 0, taken.stderr);
		assert.equal(taken.result.linkedFiles, 20);
		assert.match(
			taken.result.next,
			/makes the server keep its log until somebody receives it/,
		);

		const wal = ["backup", "wal", "--database", url, "--into", into];
		let receiver = start(wal);
		let ended = collect(receiver);
		const write = (id: number) =>
			server.query("moments", `INSERT INTO seen VALUES (${id})`);
		const segments = async () =>
			(await readdir(join(into, "wal"))).filter((name) => /^0/.test(name))
				.length;
		await write(1);
		await server.query("moments", "SELECT pg_switch_wal()");
		const before = await segments();
		for (
			let tries = 0;
			(await segments()) <= before && tries < 100;
			tries += 1
		) {
			await sleep(100);
		}
		// Killed in the middle of it, and started again.
		receiver.kill("SIGKILL");
		await ended;
		await write(2);
		const [{ now } = { now: new Date() }] = await server.query<{ now: Date }>(
			"moments",
			"SELECT clock_timestamp() AS now",
		);
		await sleep(20);
		await write(3);
		receiver = start(wal);
		let said = "";
		receiver.stderr.on("data", (chunk) => {
			said += chunk;
		});
		ended = collect(receiver);
		// The killed one's program may still receive: it is ended first.
		await until(async () => said.includes("receiving the log of"));
		await until(async () => {
			const [slot] = await server.query<{ lag: string }>(
				"postgres",
				"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::text AS lag FROM pg_replication_slots WHERE slot_name = 'backup_slot' AND active",
			);
			return Number(slot?.lag ?? 1) === 0;
		});
		const second = await cutover(...wal);
		assert.equal(second.exitCode, 1);
		assert.match(
			second.result.next,
			/receiving the log runs already \(process/,
		);

		const dataDir = join("/tmp", `cutover-moment-${process.pid}`);
		try {
			const moment = ["restore", "--from", into, "--data-dir", dataDir];
			const restored = await cutover(...moment, "--to", now.toISOString());
			assert.equal(restored.exitCode, 0, restored.stdout + restored.stderr);
			assert.deepEqual(await rowsIn(dataDir), ["1", "2"]);
			const again = await cutover(...moment, "--to", "latest");
			assert.equal(again.exitCode, 1);
			assert.match(again.result.next, /expected a fresh folder for the data/);
			await rm(dataDir, { recursive: true, force: true });
			const latest = await cutover(...moment, "--to", "latest");
			assert.equal(latest.exitCode, 0, latest.stdout);
			assert.deepEqual(await rowsIn(dataDir), ["1", "2", "3"]);
			const early = await cutover(...moment, "--to", "2020-01-01T00:00:00Z");
			assert.match(early.result.next, /expected a base backup older than 2020/);
		} finally {
			await rm(dataDir, { recursive: true, force: true });
		}

		const drill = await cutover("backup", "drill", "--into", into);
		assert.equal(drill.exitCode, 0, drill.stdout + drill.stderr);
		receiver.kill("SIGTERM");
		assert.equal((await ended).exitCode, 0);
		const listed = await cutover(
			...["backup", "list", "--into", into, "--database", url],
		);
		assert.equal(listed.exitCode, 1);
		assert.match(
			listed.result.checks.at(-1)?.actual ?? "",
			/slot backup_slot is NOT in use, the server keeps .* of at most 1\.0 GB/,
		);
		const end = await cutover(
			...["backup", "wal-end", "--database", url, "--into", into, "--yes"],
		);
		assert.equal(end.exitCode, 0, end.stderr);
		assert.deepEqual(
			await server.query("postgres", "SELECT * FROM pg_replication_slots"),
			[],
		);
	});

	it("makes no slot that could fill the server's disk", async () => {
		await server.query("postgres", "ALTER SYSTEM RESET max_slot_wal_keep_size");
		await server.query("postgres", "SELECT pg_reload_conf()");
		const run = await cutover(
			...["backup", "incremental", "--database", database, "--into", shelf()],
		);
		assert.equal(run.exitCode, 1);
		assert.match(
			run.result.next,
			/got max_slot_wal_keep_size = -1: .*ALTER SYSTEM SET max_slot_wal_keep_size/,
		);
		assert.deepEqual(
			await server.query("postgres", "SELECT * FROM pg_replication_slots"),
			[],
		);
	});

	it("may be killed at any moment: the next run tidies up and succeeds", async () => {
		const into = shelf();
		const { path } = await full(into);
		const args = ["backup", "full", "--database", database, "--into", into];
		for (const afterMs of [250, 350, 450, 550, 700, 900]) {
			const child = start([...args, "--uploads", join(folder, "uploads")]);
			const ended = collect(child);
			await sleep(afterMs);
			child.kill("SIGKILL");
			await ended;
		}
		await full(into, "--uploads", join(folder, "uploads"));
		assert.deepEqual(await leftovers(into), []);
		assert.ok(existsSync(path));
		const verified = await cutover("backup", "verify", "--into", into);
		assert.equal(verified.exitCode, 0, verified.stdout);
		assert.deepEqual(
			await server.query(
				"postgres",
				"SELECT pid FROM pg_stat_activity WHERE application_name = 'cutover backup'",
			),
			[],
		);
	});

	it("may be killed while it copies the running server: no receiver stays, and the next run goes on with the slot", async () => {
		const into = shelf();
		const at = ["--database", database, "--into", into];
		const args = ["backup", "incremental", ...at, "--accept-unlimited-wal"];
		for (const afterMs of [400, 600, 700, 800, 1000, 1300]) {
			const child = start(args);
			const ended = collect(child);
			await sleep(afterMs);
			child.kill("SIGKILL");
			await ended;
		}
		const run = await cutover(...args);
		assert.equal(run.exitCode, 0, run.stdout + run.stderr);
		assert.deepEqual(await leftovers(into), []);
		const drill = await cutover("backup", "drill", "--into", into);
		assert.equal(drill.exitCode, 0, drill.stdout + drill.stderr);
		const end = await cutover("backup", "wal-end", ...at, "--yes");
		assert.equal(end.exitCode, 0, end.stdout);
	});

	it("may be killed during a drill: the next one ends its server and succeeds", async () => {
		const into = shelf();
		await full(into);
		for (const afterMs of [900, 1400, 2000]) {
			const child = start(["backup", "drill", "--into", into]);
			const ended = collect(child);
			await sleep(afterMs);
			child.kill("SIGKILL");
			await ended;
		}
		const run = await cutover("backup", "drill", "--into", into);
		assert.equal(run.exitCode, 0, run.stdout + run.stderr);
		assert.deepEqual(
			(await readdir(folder)).filter((name) => /^cutover-/.test(name)),
			[],
		);
	});

	it("may be killed while it restores: the next run starts over by itself", async () => {
		const { path } = await full(shelf());
		const target = await emptyDatabase();
		const args = ["restore", "--from", path, "--database", target];
		for (const afterMs of [350, 500, 650, 800]) {
			const child = start(args);
			const ended = collect(child);
			await sleep(afterMs);
			child.kill("SIGKILL");
			await ended;
		}
		const name = target.split("/").at(-1) ?? "";
		// A kill may have come after the end: then there is nothing to go on with.
		const run = await cutover(...args, "--replace", "--yes");
		assert.equal(run.exitCode, 0, run.stdout + run.stderr);
		assert.equal(await contentOf(name), await contentOf("app"));
		assert.deepEqual(
			(await readdir(folder)).filter((one) => /cutover-restore/.test(one)),
			[],
		);
	});

	it("tells that the disk is full, removes what is unfinished and leaves what was there", async () => {
		const into = shelf();
		const { path } = await full(into);
		const before = await readdir(into);
		// No file may become larger than this: the same to a program as a disk without room.
		const run = await collect(
			start(
				[
					...["backup", "full", "--database", database],
					...["--into", into, "--jobs", "1"],
				],
				'ulimit -c 0; ulimit -f 200; exec "$@"',
			),
		);
		assert.equal(run.exitCode, 1, run.stderr);
		assert.match(
			run.result.next,
			/the disk of .* is full: .*; the unfinished backup is removed and earlier ones are untouched/,
		);
		assert.deepEqual(await readdir(into), before);
		const verified = await cutover("backup", "verify", "--from", path);
		assert.equal(verified.exitCode, 0);
	});

	it("tells what a role may not read, and leaves nothing half made", async () => {
		await server.query("postgres", "CREATE ROLE weak LOGIN PASSWORD 'weak'");
		const into = shelf();
		const run = await cutover(
			...["backup", "full", "--into", into],
			...["--database", server.url("app", "weak", "weak")],
		);
		assert.equal(run.exitCode, 1);
		assert.match(run.result.next, /permission denied/);
		assert.deepEqual(await readdir(into), []);
	});

	for (const [who, sql] of [
		["pg_dump", "query LIKE 'LOCK TABLE%'"],
		["the session that holds the snapshot", "query LIKE 'SELECT count(*)%'"],
		["everybody, by a restart", undefined],
	] as const) {
		it(`names server and database when these go away in the middle of it: ${who}`, async () => {
			const into = shelf();
			// Nobody gets further than this table while somebody has it for himself.
			const locked = server
				.query("app", "BEGIN; LOCK TABLE profiles; SELECT pg_sleep(60)")
				.catch(() => undefined);
			const child = start([
				...["backup", "full", "--database", database],
				...["--into", into, "--plaintext"],
			]);
			const ended = collect(child);
			const waiting = async (which: string) =>
				await server.query<{ pid: number }>(
					"app",
					`SELECT pid FROM pg_stat_activity WHERE application_name = 'cutover backup' AND wait_event_type = 'Lock' AND ${which}`,
				);
			await until(async () => (await waiting(sql ?? "true")).length > 0);
			if (sql === undefined) {
				await server.crash();
			} else {
				for (const { pid } of await waiting(sql)) {
					await server.query("app", `SELECT pg_terminate_backend(${pid})`);
				}
				await server.query(
					"app",
					"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%' AND pid <> pg_backend_pid()",
				);
			}
			await locked;
			const { exitCode, result, stderr } = await ended;
			assert.equal(exitCode, 1, stderr);
			assert.ok(
				result.next.includes(`127.0.0.1:${server.port}/app`),
				result.next,
			);
			assert.match(result.next, /that the server runs .*run this again/);
			assert.doesNotMatch(result.next, /s3cretpw|may read everything/);
			assert.deepEqual(await readdir(into), []);
		});
	}

	/** Starts the recovered server with what its folder says, and reads the rows. */
	async function rowsIn(dataDir: string): Promise<string[]> {
		const { startLocalServer, makeServerFolder } = await import(
			"../../cutover/src/adapters/localServer.ts"
		);
		const { findTools, serverAccount } = await import(
			"../../cutover/src/adapters/postgresTools.ts"
		);
		const { withSession } = await import(
			"../../cutover/src/adapters/postgres.ts"
		);
		const tools = await findTools({
			commands: ["postgres"],
			major: { text: "15", fits: (major) => major === 15 },
		});
		const account = await serverAccount("postgres");
		const run = await mkdtemp("/tmp/cutover-look-");
		await makeServerFolder(account, run);
		const signal = new AbortController().signal;
		const local = await startLocalServer({
			directory: tools.directory,
			dataDir,
			folder: run,
			account,
			user: "postgres",
			settings: {},
			readyTimeoutMs: 30_000,
			signal,
		});
		try {
			return await withSession(
				local.url("moments"),
				{ what: "recovered server" },
				async (session) => {
					const { rows } = await session.query<{ id: string }>(
						"SELECT id::text AS id FROM seen ORDER BY id",
					);
					return rows.map((row) => row.id);
				},
			);
		} finally {
			await local.stop("at once");
			await rm(run, { recursive: true, force: true });
		}
	}
});

async function until(look: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; tries < 150; tries += 1) {
		if (await look()) return;
		await sleep(200);
	}
	throw new Error("it did not happen within 30 s");
}
