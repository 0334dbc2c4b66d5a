import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import pg from "pg";
import { connect } from "../../cutover/src/adapters/postgres.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import { trustedLogin } from "../../cutover/src/conversion/trustedLogin.ts";
import { readTables } from "../../cutover/src/inventory/catalog.ts";
import { countTables } from "../../cutover/src/inventory/counting.ts";
import type { Inventory } from "../../cutover/src/inventory/facts.ts";
import { gather } from "../../cutover/src/inventory/gather.ts";
import { openReader } from "../../cutover/src/inventory/reader.ts";
import type { Risk } from "../../cutover/src/inventory/risks/index.ts";
import { inventory } from "../../cutover/src/inventory/run.ts";
import { inventorySchema } from "../../cutover/src/inventory/settings.ts";
import { runProgram } from "../../cutover/src/program.ts";
import {
	argon2Hash,
	bcryptHash,
	createPair,
	dropPair,
	type Pair,
	soundUsers,
	startMigrationServer,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

describe("cutover inventory", function () {
	this.timeout(120_000);
	let server: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer();
	});
	after(() => server.stop());
	afterEach(() => dropPair(pair));

	const onSource = (sql: string) => server.query(pair.sourceName, sql);
	const superuser = () => server.url(pair.sourceName);
	const run = async (options: Record<string, unknown> = {}) =>
		await inventory(
			inventorySchema.parse({
				source: superuser(),
				reportDir: join(pair.folder, "reports"),
				...options,
			}),
			silentTalk,
			new AbortController().signal,
		);
	const report = (name: string) =>
		readFile(join(pair.folder, "reports", name), "utf8");
	const written = async () =>
		JSON.parse(await report("legacy_inventory.json")) as Inventory & {
			readonly risks: readonly Risk[];
		};

	it("passes a sound system once the checklist is answered, and writes the same twice", async () => {
		pair = await createPair(server, { seed: soundUsers(20) });
		const options = await soundSurroundings();
		const first = await run(options);
		assert.deepEqual(
			first.checks.filter(({ outcome }) => outcome !== "passed"),
			[],
		);
		assert.equal(first.outcome, "passed");
		const before = await Promise.all(reportNames.map(report));
		await run(options);
		const after = await Promise.all(reportNames.map(report));
		const untimed = (text: string) =>
			text.replaceAll(/2\d{3}-[0-9-]+T[0-9:.]+Z/g, "");
		assert.deepEqual(after.map(untimed), before.map(untimed));
		assert.deepEqual(
			(await readdir(join(pair.folder, "reports"))).sort(),
			[...reportNames].sort(),
		);

		const { tables, sequences, api, files, server: facts } = await written();
		assert.deepEqual(
			tables.map(({ name, rows, primaryKey }) => [name, rows, primaryKey]),
			[
				["public.legacy_users", 20, ["id"]],
				["public.uploaded_files", 1, ["id"]],
				["public.workflow_steps", 80, ["id"]],
				["public.workflows", 40, ["id"]],
			],
		);
		assert.deepEqual(
			tables[0]?.columns.map(({ name, type, isNullable }) => [
				name,
				type,
				isNullable,
			])[2],
			["email", "character varying(400)", true],
		);
		assert.deepEqual(
			sequences.map(({ name, last, limit, ownedBy }) => [
				name,
				last,
				limit,
				ownedBy,
			])[0],
			[
				"public.legacy_users_id_seq",
				"20",
				"2147483647",
				"public.legacy_users.id",
			],
		);
		assert.equal(api?.endpoints.length, 1);
		assert.deepEqual([files?.files, files?.rows?.matching], [1, 1]);
		assert.match(facts.version, /^\d+/);
		assert.equal(facts.settings.wal_level, "replica");
	});

	const reportNames = [
		"inventory.md",
		"legacy_api_docs.json",
		"legacy_inventory.json",
		"legacy_schema.sql",
	];

	/** Documents, files and answers that leave nothing open. */
	async function soundSurroundings() {
		const place = (name: string) => join(pair.folder, name);
		const api = (path: string) =>
			JSON.stringify({ openapi: "3.0.3", paths: { [path]: { get: {} } } });
		await mkdir(place("uploads"));
		await writeFile(place("uploads/a.txt"), "hello");
		await onSource(
			"INSERT INTO uploaded_files (user_id, filename, stored_path, size_bytes) VALUES (1, 'a.txt', 'a.txt', 5); ANALYZE",
		);
		await writeFile(place("api.json"), api("/api/v1/workflows"));
		await writeFile(place("new.yaml"), api("/api/v2/workflows"));
		await writeFile(
			place("app.env"),
			"DATABASE_URL=postgresql://u:s3cret@db/app\n",
		);
		await writeFile(
			place("answers.yaml"),
			[
				"risk-assessment:",
				"  by: Ada Lovelace",
				"  on: 2026-01-02",
				"  statement: settings of the server change on Sunday",
				"  covers: [wal-level, slot-wal-unlimited]",
			].join("\n"),
		);
		return {
			apiDocs: place("api.json"),
			newApiDocs: place("new.yaml"),
			appEnv: place("app.env"),
			filesSource: place("uploads"),
			answers: place("answers.yaml"),
		};
	}

	it("writes a schema dump from which the schema can be made again", async () => {
		pair = await createPair(server, { seed: soundUsers(3) });
		await run();
		const dump = await report("legacy_schema.sql");
		assert.match(dump, /CREATE TABLE public\.legacy_users/);
		assert.ok(!dump.includes("user1@example.com"));
		await server.createDatabase(`${pair.sourceName}_again`);
		await server.query(
			`${pair.sourceName}_again`,
			dump.replaceAll(/^\\.*$/gm, ""),
		);
		const [row] = await server.query<{ count: string }>(
			`${pair.sourceName}_again`,
			"SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
		);
		assert.equal(row?.count, "4");
	});

	it("finds every risk that was planted, with names, counts and ids", async () => {
		pair = await createPair(server, { seed: plantedRows });
		await onSource(plantedSchema);
		await onSource(`CREATE UNIQUE INDEX CONCURRENTLY half ON workflows (name)`)
			.then(() => assert.fail("the index should have failed"))
			.catch((error) => assert.match(String(error), /could not create unique/));
		await onSource(
			`ALTER DATABASE ${pair.sourceName} SET TimeZone = 'Europe/Berlin'`,
		);
		const slots = Array.from({ length: 10 }, (_, nth) => `planted_${nth}`);
		for (const slot of slots) {
			await onSource(`SELECT pg_create_physical_replication_slot('${slot}')`);
		}
		await mkdir(join(pair.folder, "uploads/deep"), { recursive: true });
		await writeFile(join(pair.folder, "uploads/good.txt"), "good");
		await writeFile(join(pair.folder, "uploads/deep/short.txt"), "short");
		await writeFile(join(pair.folder, "uploads/lost.txt"), "lost");
		await writeFile(
			join(pair.folder, "app.env"),
			"REDIS_URL=redis://:s3cret@localhost:6379/0\n",
		);
		try {
			const result = await run({
				filesSource: join(pair.folder, "uploads"),
				appEnv: join(pair.folder, "app.env"),
			});
			assert.equal(result.outcome, "not run");
		} finally {
			for (const slot of slots) {
				await onSource(`SELECT pg_drop_replication_slot('${slot}')`);
			}
			await onSource("DROP ROLE planted_admin");
		}
		const { risks, unread } = await written();
		assert.deepEqual(
			unread.map(({ part }) => part),
			["API"],
		);
		const found = Object.fromEntries(
			risks.map(({ id, what, samples }) => [id, [what, ...samples]]),
		);
		assert.deepEqual(Object.keys(found).sort(), [...plantedRisks].sort());
		const samples = (id: string) => found[id]?.slice(1);
		assert.deepEqual(samples("duplicate-emails"), [
			"legacy_users, duplicate e-mail: 1 row, ids 2",
		]);
		assert.deepEqual(samples("invalid-emails"), [
			"legacy_users, invalid e-mail: 1 row, ids 3",
			"legacy_users, invalid e-mail: missing: 1 row, ids 4",
		]);
		assert.deepEqual(samples("hash-formats"), [
			"MD5 (32 hexadecimal digits): 1 user, for example legacy_users 5",
			"PBKDF2: 1 user, for example legacy_users 12",
			"malformed or unsupported bcrypt: 1 user, for example legacy_users 6",
			"missing: 1 user, for example legacy_users 7",
			"unrecognised, perhaps plain text: 1 user, for example legacy_users 13",
		]);
		assert.deepEqual(samples("unknown-hashes"), [
			"legacy_users, unknown password hash format: 5 rows, ids 5, 6, 7, 12, 13",
		]);
		assert.deepEqual(samples("malformed-settings"), [
			"legacy_users 9",
			"legacy_users 10",
		]);
		assert.deepEqual(samples("settings-not-objects"), ["legacy_users 11"]);
		assert.deepEqual(samples("tables-not-migrated"), [
			'archive."Old ""Things"" 2019" (0 rows)',
			"public.audit_log (2 rows)",
			"public.events (3 rows)",
			"public.far (foreign table)",
		]);
		assert.deepEqual(samples("no-primary-key"), [
			"public.audit_log",
			"public.events",
			"public.events_1",
			"public.events_2",
		]);
		assert.deepEqual(samples("odd-types"), [
			"public.audit_log.price: money (its text depends on lc_monetary)",
			"public.audit_log.doc: json (has no equality, so rows cannot be compared by it)",
			"public.audit_log.place: point (has no equality for indexes)",
			"public.audit_log.attrs: hstore (is made of hstore, which does not come with PostgreSQL)",
			"public.audit_log.mood: mood (is an enumeration of this database)",
			"public.audit_log.blob: oid (often points to a large object)",
		]);
		assert.deepEqual(samples("invalid-indexes"), ["half on public.workflows"]);
		assert.deepEqual(samples("triggers"), [
			"touched on public.workflows calls public.touch",
		]);
		assert.deepEqual(samples("sequences-behind"), [
			"public.workflows_id_seq: at 3, but public.workflows.id goes up to 2100",
		]);
		assert.deepEqual(samples("stale-statistics"), [
			"public.workflows: 2,100 rows counted, never analysed",
		]);
		assert.deepEqual(samples("files-missing"), ["uploaded_files 2"]);
		assert.deepEqual(samples("files-differ"), ["uploaded_files 3"]);
		assert.deepEqual(samples("files-unlisted"), ["lost.txt"]);
		assert.deepEqual(samples("time-zone"), ["Europe/Berlin"]);
		assert.deepEqual(samples("extensions-not-on-rds"), ["xml2 1.1"]);
		assert.deepEqual(samples("foreign-servers"), [
			"crm (postgres_fdw) dbname=crm host=crm.internal",
		]);

		// Nothing that opens a door, and nobody's address, is in any of the files.
		for (const name of await readdir(join(pair.folder, "reports"))) {
			const text = await report(name);
			for (const secret of [
				"s3cret",
				bcryptHash,
				"@example.com",
				"SCRAM-SHA",
			]) {
				assert.ok(!text.includes(secret), `${name} holds ${secret}`);
			}
		}
	});

	it("holds no lock beyond ACCESS SHARE, and disturbs nobody who writes", async () => {
		pair = await createPair(server, { seed: soundUsers(5) });
		const session = await connect(superuser(), {
			what: "source",
			readOnly: true,
		});
		const writer = new pg.Client(superuser());
		await writer.connect();
		try {
			// The strongest lock that lets readers through.
			await writer.query(
				"BEGIN; LOCK TABLE legacy_users, workflows, workflow_steps, uploaded_files IN EXCLUSIVE MODE",
			);
			const { inventory: found } = await gather(
				session,
				inventorySchema.parse({ source: superuser() }),
				trustedLogin,
				silentTalk,
				new AbortController().signal,
			);
			assert.deepEqual(
				found.unread.map(({ part }) => part),
				["API", "application settings", "files"],
			);
			const { rows } = await session.query<{ pid: number }>(
				"SELECT pg_backend_pid() AS pid",
			);
			const locks = await server.query<{ mode: string }>(
				pair.sourceName,
				"SELECT DISTINCT mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation'",
				[rows[0]?.pid],
			);
			assert.deepEqual(locks, [{ mode: "AccessShareLock" }]);
			await assert.rejects(
				session.query("CREATE TABLE written ()"),
				/read-only transaction/,
			);
		} finally {
			await writer.end();
			await session.end();
		}
	});

	it("names a table that somebody has locked, and reads the others", async () => {
		pair = await createPair(server, { seed: soundUsers(5) });
		const other = new pg.Client(superuser());
		await other.connect();
		try {
			await other.query("BEGIN; LOCK TABLE workflows");
			const result = await run({ lockTimeoutSeconds: 1 });
			assert.equal(result.outcome, "not run");
		} finally {
			await other.end();
		}
		const { unread, tables, conversion } = await written();
		const rows = unread.filter(({ part }) => part === "rows");
		assert.deepEqual(rows, [
			{
				part: "rows",
				what: "size of public.workflows",
				why: "somebody holds a lock on it for longer than 1 s; run again when it is free",
			},
			{
				part: "rows",
				what: "public.workflows",
				why: "somebody holds a lock on it for longer than 1 s; run again when it is free",
			},
		]);
		assert.deepEqual(
			tables.map((table) => table.rows),
			[5, 0, 20, null],
		);
		assert.deepEqual(
			unread.filter(({ part }) => part === "data").map(({ what }) => what),
			["rows of workflows", "rows of workflow_steps"],
		);
		assert.deepEqual(conversion.keptBack, []);
		assert.deepEqual(conversion.hashFormats, [
			{ format: "bcrypt", isKnown: true, rows: 5, lowestId: 1 },
		]);
		assert.match(
			unread.find(({ part }) => part === "schema dump")?.why ?? "",
			/pg_dump failed: .*LOCK TABLE public\.workflows/,
		);
	});

	it("works with a role that may not see everything, and names what it could not read", async () => {
		pair = await createPair(server, { seed: soundUsers(5) });
		await onSource(
			`CREATE ROLE half LOGIN PASSWORD 'half';
			GRANT SELECT ON workflows, uploaded_files, workflow_steps TO half;
			CREATE TABLE notes (id int PRIMARY KEY, who text);
			INSERT INTO notes VALUES (1, 'ada');
			ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
			GRANT SELECT ON notes TO half;
			CREATE SCHEMA closed; CREATE TABLE closed.t (id int PRIMARY KEY)`,
		);
		const result = await run({
			source: server.url(pair.sourceName, "half", "half"),
		});
		assert.equal(result.outcome, "not run");
		const { unread, tables } = await written();
		assert.deepEqual(
			unread
				.filter(({ part }) => part === "rows")
				.map(({ what, why }) => `${what}: ${why.replace(/;.*/, "")}`),
			[
				"closed.t: permission denied for schema closed",
				"public.legacy_users: permission denied for table legacy_users",
				'public.notes: query would be affected by row-level security policy for table "notes"',
			],
		);
		assert.deepEqual(
			tables.map(({ name, rows }) => `${name} ${rows}`),
			[
				"closed.t null",
				"public.legacy_users null",
				"public.notes null",
				"public.uploaded_files 0",
				"public.workflow_steps 20",
				"public.workflows 10",
			],
		);
		const sequences = unread.filter(({ what }) => what.startsWith("sequence "));
		assert.equal(sequences.length, 4);
		const dumped = unread.find(({ part }) => part === "schema dump");
		assert.match(dumped?.why ?? "", /pg_dump failed: .*permission denied/);
		assert.ok(
			!(await readdir(join(pair.folder, "reports"))).includes(
				"legacy_schema.sql",
			),
		);
	});

	it("fails where the conversion would refuse, and says why", async () => {
		pair = await createPair(server, { seed: soundUsers(2) });
		await onSource(
			"ALTER TABLE legacy_users ALTER last_login TYPE timestamptz; ALTER TABLE workflows RENAME TO flows",
		);
		const result = await run();
		assert.equal(result.outcome, "failed");
		assert.match(
			result.next,
			/The conversion cannot run yet: tables-missing, column-types \(/,
		);
		const { conversion, unread } = await written();
		assert.deepEqual(conversion.keptBack, []);
		assert.deepEqual(
			unread.filter(({ part }) => part === "data"),
			[
				{
					part: "data",
					what: "rows of workflows",
					why: "the source has no such table",
				},
			],
		);
	});

	it("judges another legacy system by its mapping", async () => {
		pair = await createPair(server, { tables: false });
		await onSource(
			`CREATE SCHEMA crm;
			CREATE TABLE crm."Accounts" ("No" int PRIMARY KEY, mail text, pw text, born timestamp, seen timestamp, extra text);
			INSERT INTO crm."Accounts" VALUES (1, 'a@example.com', '${bcryptHash}'), (2, 'A@example.com', '${bcryptHash}'), (3, 'none', 'plain');
			CREATE TABLE crm."Documents" (nr int PRIMARY KEY, account int, place text, bytes int);
			INSERT INTO crm."Documents" VALUES (1, 1, 'a.txt', 5), (2, 9, 'b.txt', 5)`,
		);
		await mkdir(join(pair.folder, "uploads"));
		await writeFile(join(pair.folder, "uploads/a.txt"), "hello");
		const mapping = JSON.stringify({
			users: {
				source: "crm.Accounts",
				id: "No",
				username: null,
				email: "mail",
				passwordHash: "pw",
				createdAt: "born",
				lastSignIn: "seen",
				settings: null,
				preferences: {},
			},
			tables: [
				{
					label: "documents",
					source: "crm.Documents",
					target: "public.files",
					id: "nr",
					owner: { of: "crm.Accounts", from: "account", to: "user_id" },
					columns: { storage_key: { from: "place", as: "text" } },
					file: { path: "place", size: "bytes" },
				},
			],
		});
		await run({ mapping, filesSource: join(pair.folder, "uploads") });
		const { conversion, files, risks } = await written();
		assert.deepEqual(conversion.tables, {
			"crm.Accounts": 'crm."Accounts"',
			"crm.Documents": 'crm."Documents"',
		});
		assert.deepEqual(
			conversion.keptBack?.map(
				(one) => `${one.table} ${one.sampleIds}: ${one.reason}`,
			),
			[
				"crm.Accounts 2: duplicate e-mail",
				"crm.Accounts 3: invalid e-mail",
				"crm.Documents 2: owner missing",
			],
		);
		assert.deepEqual(
			[files?.rows?.total, files?.rows?.matching, files?.rows?.missingIds],
			[2, 1, [2]],
		);
		assert.deepEqual(
			risks
				.filter(({ id }) => /^(columns|tables|ids|column)-/.test(id))
				.flatMap(({ id, samples }) => [id, ...samples]),
			["columns-not-migrated", 'crm."Accounts".extra'],
		);
	});

	it("tells encodings apart", async () => {
		pair = await createPair(server, { tables: false });
		for (const [encoding, severity] of [
			["LATIN1", "warning"],
			["SQL_ASCII", "blocker"],
		] as const) {
			const name = `${pair.sourceName}_${encoding.toLowerCase()}`;
			await server.query(
				"postgres",
				`CREATE DATABASE ${name} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
			);
			await run({ source: server.url(name) });
			const { risks } = await written();
			const risk = risks.find(({ id }) => id === "encoding");
			assert.deepEqual([risk?.severity, risk?.samples], [severity, [encoding]]);
		}
	});

	describe("with pg_dump", () => {
		const fake = async (script: string) => {
			const file = join(pair.folder, "pg_dump");
			await writeFile(file, `#!/bin/sh\n${script}\n`);
			await chmod(file, 0o755);
			return file;
		};
		const dumpCheck = async (pgDump: string) => {
			const result = await run({ pgDump });
			const check = result.checks.find(({ name }) => name === "schema dump");
			assert.notEqual(result.outcome, "passed");
			assert.equal(check?.outcome, "not run");
			return check?.details?.[0] ?? "";
		};
		beforeEach(async () => {
			pair = await createPair(server, { seed: soundUsers(1) });
		});

		it("missing: not run, and the rest is read", async () => {
			assert.match(
				await dumpCheck("/nowhere/pg_dump"),
				/pg_dump does not start: .*ENOENT; install the PostgreSQL client programs, or name one with --pg-dump$/,
			);
			assert.equal((await written()).tables.length, 4);
		});

		it("older than the server: not run", async () => {
			const old = await fake('echo "pg_dump (PostgreSQL) 9.6.24"');
			assert.match(
				await dumpCheck(old),
				/is pg_dump \(PostgreSQL\) 9\.6\.24; expected version 15 or later, as the server is/,
			);
		});

		it("failing: not run, with its own words, and no dump of an earlier run is left", async () => {
			await run();
			assert.match(await report("legacy_schema.sql"), /CREATE TABLE/);
			const broken = await fake(
				'[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99" && exit; echo "disk is full" >&2; exit 1',
			);
			assert.match(await dumpCheck(broken), /pg_dump failed: disk is full$/);
			await assert.rejects(report("legacy_schema.sql"), /ENOENT/);
		});

		it("told the password by environment, never by its arguments", async () => {
			const spy = await fake(
				`[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99" && exit; echo "-- $*"; echo "-- $PGHOST $PGPORT $PGUSER $PGDATABASE $PGPASSWORD"`,
			);
			await run({ pgDump: spy, source: pair.source });
			const [args = "", environment] = (
				await report("legacy_schema.sql")
			).split("\n");
			assert.ok(!args.includes("127.0.0.1") && !args.includes("password="));
			assert.equal(
				environment,
				`-- 127.0.0.1 ${server.port} cutover ${pair.sourceName} cutover`,
			);
		});
	});

	it("counts big tables in pieces, exactly, whatever happens to them meanwhile", async () => {
		pair = await createPair(server, { seed: soundUsers(500) });
		await onSource("DELETE FROM workflow_steps WHERE id % 3 = 0");
		const session = await connect(superuser(), {
			what: "source",
			readOnly: true,
		});
		try {
			const { reader } = await openReader(
				session,
				{ statementTimeoutSeconds: 60, lockTimeoutSeconds: 5 },
				new AbortController().signal,
			);
			const tables = await readTables(reader);
			await onSource(
				"INSERT INTO workflow_steps (workflow_id) SELECT 1 FROM generate_series(1, 5000); DELETE FROM workflow_steps WHERE id < 50",
			);
			const lines: string[] = [];
			const counted = await countTables(reader, tables, {
				talk: { ...silentTalk, progress: (line) => lines.push(line) },
				versionNumber: 150_000,
				chunkBlocks: 1,
			});
			assert.deepEqual(
				counted.map(({ rows }) => rows),
				[500, 0, 1334, 1000],
			);
			assert.ok(lines.length > 20, "every piece shows progress");
		} finally {
			await session.end();
		}
	});

	it("names what took too long", async () => {
		pair = await createPair(server, { seed: soundUsers(1) });
		const session = await connect(superuser(), {
			what: "source",
			readOnly: true,
		});
		try {
			const { reader } = await openReader(
				session,
				{ statementTimeoutSeconds: 1, lockTimeoutSeconds: 1 },
				new AbortController().signal,
			);
			await reader.rows("data", "a long question", "SELECT pg_sleep(60)");
			assert.deepEqual(reader.unread, [
				{
					part: "data",
					what: "a long question",
					why: "it took longer than 1 s; give more with --statement-timeout-seconds",
				},
			]);
			assert.equal(
				(await reader.rows("data", "a short one", "SELECT 1")).length,
				1,
			);
		} finally {
			await session.end();
		}
	});

	describe("with an application that answers", () => {
		let application: Server;
		let address: string;
		const documents = {
			"/api/docs": { openapi: "3.0.3", paths: { "/health": { get: {} } } },
			"/openapi.json": {
				openapi: "3.1.0",
				paths: { "/a": { get: {} }, "/b": { get: {} } },
			},
		};
		before(async () => {
			application = createServer((asked, answer) => {
				const isPage = asked.headers.accept?.includes("text/html") === true;
				if (asked.url === "/page" || (asked.url === "/api/docs" && isPage)) {
					answer.setHeader("content-type", "text/html");
					answer.end(
						"<!doctype html><html><script>ui({url: '/openapi.json'})</script></html>",
					);
					return;
				}
				const found = Object.entries(documents).find(
					([path]) => path === asked.url,
				);
				answer.statusCode = found === undefined ? 404 : 200;
				answer.end(JSON.stringify(found?.[1] ?? {}));
			});
			await new Promise<void>((resolve) =>
				application.listen(0, "127.0.0.1", resolve),
			);
			const bound = application.address();
			address = `http://127.0.0.1:${typeof bound === "object" ? bound?.port : ""}`;
		});
		after(() => new Promise((resolve) => application.close(resolve)));
		beforeEach(async () => {
			pair = await createPair(server, { seed: soundUsers(1) });
		});

		it("asks for the document and not for the page", async () => {
			await run({ apiDocs: `${address}/api/docs` });
			assert.deepEqual(
				JSON.parse(await report("legacy_api_docs.json")),
				documents["/api/docs"],
			);
		});

		it("follows a page to the document that it shows", async () => {
			await run({ apiDocs: `${address}/page` });
			assert.equal((await written()).api?.endpoints.length, 2);
		});

		for (const [path, why] of [
			[
				"/nothing",
				/expected 200 from .*\/nothing, got 404; give the address of the document itself/,
			],
			[":1/api/docs", /does not answer/],
		] as const) {
			it(`goes on without a document at ${path}`, async () => {
				const place = path.startsWith(":")
					? `http://127.0.0.1${path}`
					: `${address}${path}`;
				const result = await run({ apiDocs: place });
				const check = result.checks.find(({ name }) => name === "API");
				assert.equal(check?.outcome, "not run");
				assert.match(check?.details?.[0] ?? "", why);
				assert.equal((await written()).tables.length, 4);
			});
		}
	});

	describe("on the command line", () => {
		const command = async (signal: AbortSignal, ...args: string[]) => {
			let stdout = "";
			let stderr = "";
			const exitCode = await runProgram(["inventory", ...args], {
				stdout: { write: (text) => (stdout += text) },
				stderr: { write: (text) => (stderr += text) },
				signal,
			});
			return { exitCode, stdout, stderr };
		};
		const never = new AbortController().signal;
		beforeEach(async () => {
			pair = await createPair(server, { seed: soundUsers(1) });
		});

		it("exits 3 with one line of JSON, and shows the password nowhere", async () => {
			const source = server.url(pair.sourceName, "cutover", "s3cret");
			const { exitCode, stdout, stderr } = await command(
				never,
				"--json",
				...["--source", source, "--report-dir", join(pair.folder, "reports")],
			);
			assert.equal(exitCode, 3);
			const result = JSON.parse(stdout);
			assert.equal(result.outcome, "not run");
			assert.equal(result.reports.length, 3);
			assert.match(
				stderr,
				/The inventory is written \(.*inventory\.md\), nothing was changed; next: /,
			);
			assert.ok(!`${stdout}${stderr}`.includes("s3cret"));
		});

		it("exits 2 for answers that cannot be read, before it asks the source", async () => {
			await writeFile(
				join(pair.folder, "answers.json"),
				'{"risk-assessment": {}}',
			);
			const { exitCode, stderr } = await command(
				never,
				...["--source", "postgresql://nobody@127.0.0.1:1/none"],
				...["--answers", join(pair.folder, "answers.json")],
			);
			assert.equal(exitCode, 2);
			assert.match(
				stderr,
				/--answers: .*answers\.json is not as expected: risk-assessment\.by/,
			);
		});

		it("exits 1 for a report folder that cannot be written, before it asks the source", async () => {
			await writeFile(join(pair.folder, "file"), "");
			const { exitCode, stderr } = await command(
				never,
				...["--source", "postgresql://nobody@127.0.0.1:1/none"],
				...["--report-dir", join(pair.folder, "file/reports")],
			);
			assert.equal(exitCode, 1);
			assert.match(
				stderr,
				/cannot write reports to .*file\/reports: something of another kind is in the way .*; name another place with --report-dir/,
			);
		});

		it("stops when asked to, and leaves neither session, program nor half a file", async () => {
			const mark = join(pair.folder, "started");
			const slow = join(pair.folder, "pg_dump");
			await writeFile(
				slow,
				`#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99" && exit\necho $$ > ${mark}\nexec sleep 600\n`,
			);
			await chmod(slow, 0o755);
			const stop = new AbortController();
			const ended = command(
				stop.signal,
				...["--source", superuser(), "--pg-dump", slow],
				...["--report-dir", join(pair.folder, "reports")],
			);
			const pid = await waitFor(() => readFile(mark, "utf8"));
			const interrupted = new Error("stopped by SIGINT");
			interrupted.name = "InterruptedError";
			stop.abort(interrupted);
			const { exitCode, stderr } = await ended;
			assert.equal(exitCode, 1);
			assert.match(
				stderr,
				/Stopped before the end; run cutover inventory again to go on/,
			);
			await waitFor(async () => {
				assert.throws(() => process.kill(Number(pid), 0), /ESRCH/);
				return "gone";
			});
			await waitFor(async () => {
				const sessions = await server.query(
					"postgres",
					"SELECT pid FROM pg_stat_activity WHERE application_name = 'cutover inventory'",
				);
				assert.deepEqual(sessions, []);
				return "gone";
			});
			// That it was stopped is written down; nothing else is.
			assert.deepEqual((await readdir(join(pair.folder, "reports"))).sort(), [
				"results",
				"status.html",
			]);
		});

		it("says in its help what each exit code means", async () => {
			const { exitCode, stdout } = await command(never, "--help");
			assert.equal(exitCode, 0);
			assert.match(stdout, /1 a blocker was found/);
			assert.match(
				stdout,
				/3 a part could not be read, or an item is unanswered/,
			);
		});
	});
});

/** The value, once there is one. */
async function waitFor(look: () => Promise<string>): Promise<string> {
	for (let tries = 0; ; tries += 1) {
		const value = await look().catch((error: unknown) => {
			if (tries > 100) throw error;
			return "";
		});
		if (value.trim() !== "") return value;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

const user = (
	id: number,
	email: string | null,
	hash: string | null = bcryptHash,
	settings = "{}",
	username = `user${id}`,
) => {
	const text = (value: string | null) =>
		value === null ? "NULL" : `'${value.replaceAll("'", "''")}'`;
	return `(${id}, ${text(username)}, ${text(email)}, ${text(hash)}, '2020-01-01', '2024-01-${String(30 - id).padStart(2, "0")}', ${text(settings)})`;
};

const plantedRows = `
	INSERT INTO legacy_users (id, username, email, password_hash, created_at, last_login, settings) VALUES
	${[
		user(1, "same@example.com"),
		user(2, " SAME@Example.com "),
		user(3, "nobody.example.com"),
		user(4, null),
		user(5, "md5@example.com", "5f4dcc3b5aa765d61d8327deb882cf99"),
		user(6, "cut@example.com", "$2b$10$short"),
		user(7, "none@example.com", null),
		user(8, "long@example.com", argon2Hash, "{}", "x".repeat(256)),
		user(9, "bad@example.com", bcryptHash, "{broken"),
		user(10, "nul@example.com", bcryptHash, '{"a": "\\u0000"}'),
		user(11, "list@example.com", bcryptHash, "[1]"),
		user(12, "django@example.com", "pbkdf2_sha256$1$a$b"),
		user(13, "plain@example.com", "letmein"),
	].join(",\n")};
	UPDATE legacy_users SET created_at = 'infinity' WHERE id = 11;
	SELECT setval('legacy_users_id_seq', 2000000000);
	INSERT INTO workflows (id, user_id, name) SELECT i, 1, 'twice' FROM generate_series(1, 2099) i;
	INSERT INTO workflows (id, user_id, name) VALUES (2100, 99, 'orphan');
	SELECT setval('workflows_id_seq', 3);
	INSERT INTO workflow_steps (workflow_id, position, type, config) VALUES (1, 1, 'wait', '{bad'), (2100, 1, 'wait', '{}');
	INSERT INTO uploaded_files (user_id, filename, stored_path, size_bytes) VALUES
		(1, 'good', './good.txt', 4), (1, 'gone', 'gone.txt', 1), (1, 'short', 'deep/short.txt', 6), (1, 'out', '../out.txt', 1)`;

const plantedSchema = `
	CREATE EXTENSION hstore; CREATE EXTENSION xml2; CREATE EXTENSION postgres_fdw;
	CREATE TYPE mood AS ENUM ('good', 'bad');
	CREATE TABLE audit_log (at timestamptz, price money, doc json, place point, attrs hstore, mood mood, blob oid);
	INSERT INTO audit_log (at) VALUES (now()), (now());
	ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
	CREATE POLICY mine ON audit_log USING (true);
	SELECT lo_from_bytea(0, 'x');
	CREATE SCHEMA archive;
	CREATE UNLOGGED TABLE archive."Old ""Things"" 2019" (id int PRIMARY KEY, name text COLLATE "de-x-icu");
	CREATE TABLE events (at int) PARTITION BY RANGE (at);
	CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
	CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
	INSERT INTO events VALUES (1), (2), (11);
	CREATE SERVER crm FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'crm.internal', dbname 'crm');
	CREATE USER MAPPING FOR postgres SERVER crm OPTIONS (user 'u', password 's3cret');
	CREATE FOREIGN TABLE far (id int) SERVER crm;
	CREATE FUNCTION own_distance(text, text) RETURNS int AS '$libdir/fuzzystrmatch', 'levenshtein' LANGUAGE C;
	CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
	CREATE TRIGGER touched BEFORE UPDATE ON workflows FOR EACH ROW EXECUTE FUNCTION touch();
	ALTER TABLE legacy_users ADD phone text;
	ALTER TABLE workflows ADD CONSTRAINT named CHECK (name <> 'twice') NOT VALID;
	CREATE PUBLICATION warehouse FOR TABLE workflows;
	CREATE ROLE planted_admin LOGIN SUPERUSER PASSWORD 's3cret'`;

const plantedRisks = [
	"bad-file-paths",
	"collation",
	"columns-not-migrated",
	"duplicate-emails",
	"extensions-not-on-rds",
	"files-differ",
	"files-missing",
	"files-unlisted",
	"foreign-servers",
	"hash-formats",
	"idle-slots",
	"infinite-times",
	"invalid-emails",
	"invalid-indexes",
	"languages-not-on-rds",
	"large-objects",
	"local-dependencies",
	"long-values",
	"malformed-json",
	"malformed-settings",
	"no-free-slot",
	"no-primary-key",
	"no-replica-identity",
	"odd-types",
	"orphans",
	"replication-in-place",
	"rows-of-quarantined",
	"sequences-behind",
	"sequences-near-end",
	"settings-not-objects",
	"slot-wal-unlimited",
	"source-row-security",
	"stale-statistics",
	"superusers",
	"tables-not-migrated",
	"time-zone",
	"triggers",
	"unknown-hashes",
	"unlogged-tables",
	"unvalidated-constraints",
	"wal-level",
];
