import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { normalizeEmail } from "../../cutover/src/conversion/email.ts";
import { userUuid } from "../../cutover/src/conversion/identity.ts";
import { convertSettings } from "../../cutover/src/conversion/settings.ts";
import { trustedLogin } from "../../cutover/src/conversion/trustedLogin.ts";
import {
	argon2Hash,
	bcryptHash,
	contentOf,
	createPair,
	dropPair,
	type Pair,
	runConvert,
	soundUsers,
	startMigrationServer,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

describe("cutover convert", function () {
	this.timeout(60_000);
	let server: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer();
	});
	after(() => server.stop());
	afterEach(() => dropPair(pair));

	const onSource = (sql: string) => server.query(pair.sourceName, sql);
	const onTarget = <T extends Record<string, unknown>>(sql: string) =>
		server.query<T>(pair.targetName, sql);
	const quarantine = async () =>
		(
			await onTarget<{ what: string }>(
				"SELECT source_table || ' ' || source_id || ': ' || reason AS what FROM cutover.quarantine ORDER BY source_table, source_id",
			)
		).map((row) => row.what);

	it("moves a user with every value where the sign-in server looks for it", async () => {
		pair = await createPair(server, {
			seed: `INSERT INTO legacy_users (username, email, password_hash, created_at, last_login, settings) VALUES
				('Ada', '  Ada@Example.COM ', '${argon2Hash}', '2020-01-02 03:04:05', '2024-05-06 07:08:09', '{"ui_theme": "dark", "email_notifications": false, "lang": "de"}')`,
		});
		await runConvert(pair, { timeZone: "Europe/Berlin" });

		const id = userUuid(1);
		const [user] = await onTarget<Record<string, unknown>>(
			"SELECT to_jsonb(u) AS row FROM auth.users u",
		);
		const row = user?.row as Record<string, unknown>;
		assert.deepEqual(
			Object.fromEntries(
				Object.entries(row).filter(([, value]) => value !== null),
			),
			{
				id,
				instance_id: "00000000-0000-0000-0000-000000000000",
				aud: "authenticated",
				role: "authenticated",
				email: "ada@example.com",
				encrypted_password: argon2Hash,
				email_confirmed_at: "2020-01-02T02:04:05+00:00",
				confirmed_at: "2020-01-02T02:04:05+00:00",
				created_at: "2020-01-02T02:04:05+00:00",
				last_sign_in_at: "2024-05-06T05:08:09+00:00",
				updated_at: "2024-05-06T05:08:09+00:00",
				confirmation_token: "",
				recovery_token: "",
				email_change: "",
				email_change_token_new: "",
				email_change_token_current: "",
				email_change_confirm_status: 0,
				phone_change: "",
				phone_change_token: "",
				reauthentication_token: "",
				raw_app_meta_data: { provider: "email", providers: ["email"] },
				raw_user_meta_data: {},
				is_sso_user: false,
				is_anonymous: false,
			},
		);
		const [identity] = await onTarget(
			"SELECT provider_id, user_id, identity_data, provider, email FROM auth.identities",
		);
		assert.deepEqual(identity, {
			provider_id: id,
			user_id: id,
			identity_data: {
				sub: id,
				email: "ada@example.com",
				email_verified: true,
			},
			provider: "email",
			email: "ada@example.com",
		});
		const [profile] = await onTarget(
			"SELECT id, username, preferences FROM public.profiles",
		);
		assert.deepEqual(profile, {
			id,
			username: "Ada",
			preferences: { theme: "dark", notifications: false, language: "de" },
		});
	});

	it("keeps back what cannot move, with the reason, and all that hangs on it", async () => {
		pair = await createPair(server, { seed: badRows });
		const result = await runConvert(pair);
		assert.equal(result.outcome, "passed");
		assert.deepEqual(await quarantine(), [
			"legacy_users 2: invalid e-mail",
			"legacy_users 3: invalid e-mail: missing",
			"legacy_users 4: unknown password hash format",
			"legacy_users 5: value too long: username",
			"legacy_users 6: duplicate e-mail: legacy_users 7 signed in last",
			"legacy_users 9: duplicate e-mail: legacy_users 8 signed in last",
			"legacy_users 10: value too long: email",
			"legacy_users 11: time is infinite: last_login",
			"uploaded_files 2: stored path leaves the uploads folder",
			"uploaded_files 3: owner quarantined: legacy_users 2",
			"workflow_steps 2: malformed config",
			"workflow_steps 3: parent quarantined: workflows 2",
			"workflow_steps 4: parent missing: workflows 99",
			"workflow_steps 6: malformed config",
			"workflow_steps 7: value too long: type",
			"workflows 2: owner quarantined: legacy_users 2",
			"workflows 3: owner missing: legacy_users 77",
			"workflows 4: owner missing: legacy_users null",
		]);
		const [kept] = await onTarget<{ email: string }>(
			"SELECT source_row ->> 'email' AS email FROM cutover.quarantine WHERE source_table = 'legacy_users' AND source_id = 2",
		);
		assert.equal(kept?.email, "no at sign");
		const migrated = await onTarget<{ id: string }>(
			"SELECT legacy_id::text AS id FROM cutover.identity_map ORDER BY legacy_id",
		);
		assert.deepEqual(
			migrated.map((row) => row.id),
			["1", "7", "8", "12", "13"],
		);
	});

	it("lists users whose creation time it had to fill in", async () => {
		pair = await createPair(server, { seed: badRows });
		await runConvert(pair);
		assert.deepEqual(
			await onTarget(
				"SELECT source_id, what FROM cutover.repaired ORDER BY source_id",
			),
			[
				{ source_id: "12", what: "created_at was null: last_login used" },
				{
					source_id: "13",
					what: "created_at was null: start of the first run used",
				},
			],
		);
		const [row] = await onTarget<{ right: boolean }>(
			`SELECT bool_and(u.created_at = CASE legacy_id WHEN 12 THEN '2024-03-01Z'::timestamptz ELSE c.started_at END AND u.email_confirmed_at = u.created_at) AS right FROM cutover.identity_map m JOIN auth.users u ON u.id = m.user_id, cutover.conversion c WHERE legacy_id IN (12, 13)`,
		);
		assert.equal(row?.right, true);
	});

	it("keeps back every account that shares an e-mail when told to", async () => {
		pair = await createPair(server, { seed: badRows });
		await runConvert(pair, { duplicates: "quarantine-all" });
		assert.deepEqual(
			(await quarantine()).filter((what) => what.includes("duplicate")),
			[6, 7, 8, 9].map((id) => `legacy_users ${id}: duplicate e-mail`),
		);
	});

	it("writes nothing the second time and says so", async () => {
		pair = await createPair(server, { seed: badRows + soundUsersAfterBad });
		await runConvert(pair);
		const before = await versions();
		const result = await runConvert(pair);
		assert.match(result.next, /^Nothing to do/);
		assert.deepEqual(await versions(), before);
	});

	/** Number and newest row version of every table on the target, and the state of its log. */
	async function versions() {
		return await onTarget(
			`SELECT (SELECT string_agg(xmin::text, ',' ORDER BY id) FROM auth.users) AS users,
				(SELECT string_agg(xmin::text, ',' ORDER BY id) FROM public.workflow_steps) AS steps,
				(SELECT string_agg(xmin::text, ',' ORDER BY source_table, source_id) FROM cutover.quarantine) AS quarantine,
				(SELECT string_agg(xmin::text, ',') FROM cutover.conversion) AS conversion,
				(SELECT count(*) FROM cutover.journal) AS journal`,
		);
	}

	it("leaves the source as it was", async () => {
		pair = await createPair(server, { seed: badRows });
		const state = () =>
			onSource(
				"SELECT (SELECT count(*) FROM pg_proc) AS functions, (SELECT count(*) FROM pg_class) AS relations, (SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM legacy_users t) AS users",
			);
		const before = await state();
		await runConvert(pair);
		await runConvert(pair);
		assert.deepEqual(await state(), before);
	});

	it("makes indexes and foreign keys again, and moves the sequences on", async () => {
		pair = await createPair(server, { seed: soundUsers(3) });
		const definitions = () =>
			onTarget(
				"SELECT indexdef AS what FROM pg_indexes WHERE schemaname IN ('auth', 'public') UNION SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('f', 'u', 'p') ORDER BY 1",
			);
		const before = await definitions();
		await runConvert(pair);
		assert.deepEqual(await definitions(), before);
		const [left] = await onTarget("SELECT count(*) FROM cutover.deferred");
		assert.deepEqual(left, { count: "0" });
		const [made] = await onTarget<{ id: string }>(
			`INSERT INTO public.workflows (user_id, name) VALUES ('${userUuid(1)}', 'new') RETURNING id`,
		);
		// A million ids stay free for rows that the legacy system makes until the cutover.
		assert.equal(made?.id, "1000007");
	});

	it("keeps users and rows that were born on the target", async () => {
		pair = await createPair(server, { seed: soundUsers(3) });
		await onTarget(
			`INSERT INTO auth.users (id, email) VALUES ('11111111-1111-4111-8111-111111111111', 'user2@example.com');
			INSERT INTO public.workflows (id, user_id, name) VALUES (1, '11111111-1111-4111-8111-111111111111', 'born')`,
		);
		await runConvert(pair);
		await runConvert(pair);
		assert.deepEqual(await quarantine(), [
			"legacy_users 2: e-mail belongs to a user born on the target",
			"workflow_steps 1: parent quarantined: workflows 1",
			"workflow_steps 2: parent quarantined: workflows 1",
			...[5, 6, 7, 8].map(
				(id) =>
					`workflow_steps ${id}: parent quarantined: workflows ${Math.ceil(id / 2)}`,
			),
			"workflows 1: id is taken by a row born on the target",
			"workflows 3: owner quarantined: legacy_users 2",
			"workflows 4: owner quarantined: legacy_users 2",
		]);
		const [born] = await onTarget<{ name: string }>(
			"SELECT name FROM public.workflows WHERE id = 1",
		);
		assert.equal(born?.name, "born");
		await onTarget(
			"DELETE FROM auth.users WHERE id = '11111111-1111-4111-8111-111111111111'",
		);
		await runConvert(pair);
		assert.ok(!(await quarantine()).some((what) => what.startsWith("legacy")));
	});

	it("goes on after SIGKILL at any moment: no row lost, none twice", async () => {
		pair = await createPair(server, { seed: badRows + soundUsersAfterBad });
		for (const enough of [1, 7, 25]) {
			await killAfter(enough);
		}
		// What changes while nobody looks is taken over too, also where it makes a loaded row invalid.
		await onSource(
			`UPDATE legacy_users SET email = 'broken' WHERE id = 40;
			DELETE FROM workflow_steps WHERE workflow_id IN (SELECT id FROM workflows WHERE user_id = 41);
			DELETE FROM workflows WHERE user_id = 41; DELETE FROM legacy_users WHERE id = 41;
			UPDATE workflow_steps SET config = '{oops' WHERE id = 999;
			INSERT INTO legacy_users (email, password_hash, created_at) VALUES ('late@example.com', '${bcryptHash}', '2024-01-01')`,
		);
		const result = await runConvert(pair);
		assert.equal(result.outcome, "passed");
		const resumed = await contentOf(server, pair);
		const killed = pair;
		pair = { ...pair, ...(await freshTarget()) };
		await runConvert(pair);
		const whole = await contentOf(server, pair);
		await dropPair(killed);
		for (const table of Object.keys(whole)) {
			assert.equal(
				resumed[table]?.replaceAll(startedAt(resumed), "START"),
				whole[table]?.replaceAll(startedAt(whole), "START"),
				table,
			);
		}
	});

	/** The one creation time that is the start of the run. */
	function startedAt(content: Record<string, string>): string {
		const line = content.users
			?.split("\n")
			.find((user) => user.includes('"email":"thirteen@example.com"'));
		return JSON.parse(line ?? "{}").created_at;
	}

	async function freshTarget(): Promise<Partial<Pair>> {
		const other = await createPair(server, { tables: false });
		return {
			target: other.target,
			targetName: other.targetName,
			folder: other.folder,
		};
	}

	async function killAfter(ranges: number): Promise<void> {
		const child = spawn(
			process.execPath,
			["cutover/bin/cutover.mjs", "convert", "--batch-rows", "40"],
			{
				stdio: "ignore",
				env: {
					...process.env,
					SOURCE_DATABASE_URL: pair.source,
					TARGET_DATABASE_URL: pair.target,
				},
			},
		);
		const ended = new Promise((resolve) => child.once("exit", resolve));
		for (let tries = 0; tries < 2_000; tries += 1) {
			const [row] = await onTarget<{ count: string }>(
				"SELECT count(*) FROM cutover.checkpoint WHERE loaded_at IS NOT NULL",
			);
			if (Number(row?.count) >= ranges || child.exitCode !== null) break;
		}
		child.kill("SIGKILL");
		await ended;
	}

	it("takes over inserts, updates, deletes and swapped e-mails", async () => {
		pair = await createPair(server, { seed: soundUsers(6) });
		await runConvert(pair);
		await onSource(
			`UPDATE legacy_users SET email = CASE id WHEN 1 THEN 'user2@example.com' ELSE 'user1@example.com' END WHERE id IN (1, 2);
			UPDATE legacy_users SET settings = '{"lang": "fr"}', last_login = '2025-01-01' WHERE id = 3;
			DELETE FROM workflow_steps WHERE workflow_id IN (7, 8); DELETE FROM workflows WHERE user_id = 4; DELETE FROM legacy_users WHERE id = 4;
			UPDATE workflows SET user_id = 6 WHERE id = 9;
			INSERT INTO workflows (user_id, name) VALUES (5, 'made later')`,
		);
		const result = await runConvert(pair);
		assert.deepEqual(result.facts?.quarantined, {});
		const users = await onTarget<{ what: string }>(
			"SELECT m.legacy_id || ' ' || u.email || ' ' || (i.identity_data ->> 'email') AS what FROM cutover.identity_map m JOIN auth.users u ON u.id = m.user_id JOIN auth.identities i ON i.user_id = u.id ORDER BY m.legacy_id",
		);
		assert.deepEqual(
			users.map((row) => row.what),
			[
				"1 user2@example.com user2@example.com",
				"2 user1@example.com user1@example.com",
				"3 user3@example.com user3@example.com",
				"5 user5@example.com user5@example.com",
				"6 user6@example.com user6@example.com",
			],
		);
		const [profile] = await onTarget(
			`SELECT preferences FROM public.profiles WHERE id = '${userUuid(3)}'`,
		);
		assert.deepEqual(profile, {
			preferences: { theme: "light", notifications: true, language: "fr" },
		});
		const workflows = await onTarget<{ what: string }>(
			"SELECT w.id || ' of ' || m.legacy_id AS what FROM public.workflows w JOIN cutover.identity_map m USING (user_id) WHERE w.id >= 7 ORDER BY w.id",
		);
		assert.deepEqual(
			workflows.map((row) => row.what),
			["9 of 6", "10 of 5", "11 of 6", "12 of 6", "13 of 5"],
		);
		assert.match((await runConvert(pair)).next, /^Nothing to do/);
	});

	it("judges the quarantine anew: a change can make and resolve a duplicate", async () => {
		pair = await createPair(server, { seed: soundUsers(3) });
		await runConvert(pair);
		await onSource(
			"UPDATE legacy_users SET email = 'USER2@example.com', last_login = '2025-01-01' WHERE id = 3",
		);
		await runConvert(pair);
		const twin =
			"legacy_users 2: duplicate e-mail: legacy_users 3 signed in last";
		assert.ok((await quarantine()).includes(twin));
		assert.equal((await quarantine()).length, 7);
		const [gone] = await onTarget(
			`SELECT count(*) FROM public.workflows WHERE user_id = '${userUuid(2)}'`,
		);
		assert.deepEqual(gone, { count: "0" });

		await onSource(
			"DELETE FROM workflow_steps WHERE workflow_id IN (5, 6); DELETE FROM workflows WHERE user_id = 3; DELETE FROM legacy_users WHERE id = 3",
		);
		await runConvert(pair);
		assert.deepEqual(await quarantine(), []);
		const [back] = await onTarget(
			`SELECT count(*) FROM public.workflows WHERE user_id = '${userUuid(2)}'`,
		);
		assert.deepEqual(back, { count: "2" });
	});

	it("copies files with their sha256, skips those that are there, and keeps back missing ones", async () => {
		pair = await createPair(server, {
			seed: `${soundUsers(1)} INSERT INTO uploaded_files (user_id, filename, stored_path, size_bytes) VALUES
				(1, 'a.txt', '1/a.txt', 5), (1, 'b.txt', '1/b.txt', 5), (1, 'c.txt', '1/c.txt', 9)`,
		});
		const uploads = {
			filesSource: join(pair.folder, "from"),
			filesTarget: join(pair.folder, "to"),
		};
		await mkdir(join(uploads.filesSource, "1"), { recursive: true });
		await writeFile(join(uploads.filesSource, "1/a.txt"), "hello");
		await writeFile(join(uploads.filesSource, "1/c.txt"), "hello");
		await runConvert(pair, uploads);
		assert.deepEqual(await quarantine(), [
			"uploaded_files 2: bytes missing",
			"uploaded_files 3: bytes differ: 9 expected, 5 found",
		]);
		assert.equal(
			await readFile(join(uploads.filesTarget, "1/a.txt"), "utf8"),
			"hello",
		);
		assert.deepEqual(await onTarget("SELECT id, sha256 FROM public.files"), [
			{
				id: "1",
				sha256:
					"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
			},
		]);

		await writeFile(join(uploads.filesSource, "1/b.txt"), "world");
		const second = await runConvert(pair, uploads);
		assert.match(second.checks[0]?.actual ?? "", / 1 files copied$/);
		assert.equal((await quarantine()).length, 1);
	});

	it("refuses the same database as source and target", async () => {
		pair = await createPair(server);
		await assert.rejects(
			runConvert({ ...pair, source: server.url(pair.targetName) }),
			/source and target are the same database/,
		);
	});

	it("refuses other rules than those the users were loaded with", async () => {
		pair = await createPair(server, { seed: soundUsers(1) });
		await runConvert(pair);
		await assert.rejects(
			runConvert(pair, { timeZone: "Europe/Berlin" }),
			/the target was loaded with timeZone UTC, not Europe\/Berlin/,
		);
	});

	it("refuses a second run beside the first and says who holds the lock", async () => {
		pair = await createPair(server, { seed: soundUsers(1) });
		const holder = new pg.Client(pair.target);
		await holder.connect();
		try {
			await holder.query(
				"SELECT pg_advisory_lock(hashtextextended('cutover convert', 0))",
			);
			await assert.rejects(
				runConvert(pair),
				/another conversion of this target is running \(process \d+ from 127\.0\.0\.1 since .*\); wait for it or end it/,
			);
		} finally {
			await holder.end();
		}
	});

	it("makes of 5,000 seeded users what their generator expects, row by row", async () => {
		const { seedLegacy } = await import("../../rehearsal/seed/seedLegacy.ts");
		pair = await createPair(server, { tables: false });
		const uploads = {
			filesSource: join(pair.folder, "from"),
			filesTarget: join(pair.folder, "to"),
		};
		const expected = await seedLegacy({
			databaseUrl: server.url(pair.sourceName, "legacy_app", "legacy"),
			uploadsDirectory: uploads.filesSource,
			users: 5_000,
		});
		await runConvert(pair, uploads);
		const count = async (table: string, source: string) => {
			const [row] = await onTarget<{ migrated: number; quarantined: number }>(
				`SELECT (SELECT count(*)::int FROM ${table}) AS migrated, (SELECT count(*)::int FROM cutover.quarantine WHERE source_table = '${source}') AS quarantined`,
			);
			return row;
		};
		const fate = ({ migrated, quarantined }: typeof expected.files) => ({
			migrated,
			quarantined,
		});
		assert.deepEqual(
			await count("auth.users", "legacy_users"),
			fate(expected.users),
		);
		assert.deepEqual(
			await count("public.workflows", "workflows"),
			fate(expected.workflows),
		);
		assert.deepEqual(
			await count("public.workflow_steps", "workflow_steps"),
			fate(expected.steps),
		);
		assert.deepEqual(
			await count("public.files", "uploaded_files"),
			fate(expected.files),
		);
		const [repaired] = await onTarget<{ count: number }>(
			"SELECT count(*)::int FROM cutover.repaired",
		);
		assert.equal(repaired?.count, expected.users.repaired);

		const legacy = new Map(
			(
				await server.query<{
					id: number;
					email: string;
					settings: string | null;
				}>(pair.sourceName, "SELECT id, email, settings FROM legacy_users")
			).map((row) => [row.id, row]),
		);
		const migrated = await onTarget<{
			legacy_id: string;
			id: string;
			email: string;
			preferences: unknown;
		}>(
			"SELECT m.legacy_id, u.id, u.email, p.preferences FROM cutover.identity_map m JOIN auth.users u ON u.id = m.user_id JOIN public.profiles p ON p.id = u.id",
		);
		for (const row of migrated) {
			const from = legacy.get(Number(row.legacy_id));
			assert.ok(from);
			assert.equal(row.id, userUuid(from.id));
			assert.equal(row.email, normalizeEmail(from.email));
			assert.deepEqual(
				row.preferences,
				convertSettings(from.settings, trustedLogin.users.preferences),
				`settings of ${from.id}: ${from.settings?.slice(0, 80)}`,
			);
		}
	});
});

const badRows = `
	INSERT INTO legacy_users (username, email, password_hash, created_at, last_login) VALUES
		('one', 'one@example.com', '${bcryptHash}', '2020-01-01', NULL),
		('two', 'no at sign', '${bcryptHash}', '2020-01-01', NULL),
		('three', NULL, '${bcryptHash}', '2020-01-01', NULL),
		('four', 'four@example.com', '5f4dcc3b5aa765d61d8327deb882cf99', '2020-01-01', NULL),
		(repeat('x', 256), 'five@example.com', '${bcryptHash}', '2020-01-01', NULL),
		('six', 'Six@Example.com', '${bcryptHash}', '2020-01-01', '2024-01-01'),
		('seven', ' six@example.com', '${bcryptHash}', '2020-01-01', '2024-01-02'),
		('eight', 'eight@example.com', '${bcryptHash}', '2020-01-01', NULL),
		('nine', 'EIGHT@example.com', '${bcryptHash}', '2020-01-01', NULL),
		('ten', repeat('a', 250) || '@example.com', '${bcryptHash}', '2020-01-01', NULL),
		('eleven', 'eleven@example.com', '${bcryptHash}', '2020-01-01', 'infinity'),
		('twelve', 'twelve@example.com', '${bcryptHash}', NULL, '2024-03-01'),
		('thirteen', 'thirteen@example.com', '${bcryptHash}', NULL, NULL);
	INSERT INTO workflows (user_id, name) VALUES (1, 'sound'), (2, 'of two'), (77, 'of nobody'), (NULL, 'of null');
	INSERT INTO workflow_steps (workflow_id, position, type, config) VALUES
		(1, 0, 'wait', ' {"seconds": 1} '), (1, 1, 'wait', '{seconds: 1}'), (2, 0, 'wait', '{}'), (99, 0, 'wait', '{}'),
		(1, 2, 'wait', NULL), (1, 3, 'wait', '{"a": "\\u0000"}'), (1, 4, repeat('t', 51), '{}'), (1, 5, 'wait', '[1, 2]');
	INSERT INTO uploaded_files (user_id, filename, stored_path) VALUES
		(1, 'a', '1/a'), (1, 'b', '../etc/passwd'), (2, 'c', '2/c');`;

/** Some sound users after the thirteen bad ones, enough for several ranges. */
const soundUsersAfterBad = `
	INSERT INTO legacy_users (username, email, password_hash, created_at, settings)
		SELECT 'user' || i, 'user' || i || '@example.com', '${bcryptHash}', timestamp '2020-01-01' + i * interval '1 hour',
			CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '{broken' ELSE '{"lang": "de"}' END FROM generate_series(14, 500) i;
	INSERT INTO workflows (user_id, name) SELECT 14 + i % 487, 'workflow ' || i FROM generate_series(1, 500) i;
	INSERT INTO workflow_steps (workflow_id, position, type, config)
		SELECT 5 + i % 500, i / 500, 'wait', '{"seconds": ' || i || '}' FROM generate_series(1, 1000) i;`;
