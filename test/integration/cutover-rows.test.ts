import assert from "node:assert/strict";
import { join } from "node:path";
import { readRows } from "../../cutover/src/adapters/copyText.ts";
import { withSession } from "../../cutover/src/adapters/postgres.ts";
import { userUuid } from "../../cutover/src/conversion/identity.ts";
import {
	type CompareOptions,
	compareRows,
	type RowComparison,
} from "../../cutover/src/validate/rows/compare.ts";
import { seedLegacy } from "../../rehearsal/seed/seedLegacy.ts";
import { faultNames, injectFaults } from "./cutoverFaults.ts";
import {
	bcryptHash,
	createPair,
	dropPair,
	type Pair,
	runConvert,
	soundUsers,
	startMigrationServer,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

describe("cutover validate, row by row", function () {
	this.timeout(120_000);
	let server: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer();
	});
	after(() => server.stop());
	afterEach(() => dropPair(pair));

	const onSource = (sql: string) => server.query(pair.sourceName, sql);
	const onTarget = (sql: string) => server.query(pair.targetName, sql);
	const compare = async (options: CompareOptions = {}) =>
		await withSession(
			pair.source,
			{ what: "source", readOnly: true },
			async (source) =>
				await withSession(pair.target, { what: "target" }, (target) =>
					compareRows(source, target, options),
				),
		);
	const faultsOf = (found: readonly RowComparison[]) =>
		found.flatMap(({ faults }) => faults);
	const textsOf = (found: readonly RowComparison[]) =>
		found.flatMap(({ finding }) => finding.details ?? []);
	const pendingOf = (found: readonly RowComparison[]) =>
		Object.fromEntries(
			found.map(({ source, pending }) => [source, [...pending].sort()]),
		);
	const nothing = {
		legacy_users: [],
		workflows: [],
		uploaded_files: [],
		workflow_steps: [],
	};

	describe("of the generated system with all its defects", () => {
		const seeded = async (users: number) => {
			pair = await createPair(server, { tables: false });
			await seedLegacy({
				databaseUrl: server.url(pair.sourceName, "legacy_app", "legacy"),
				uploadsDirectory: join(pair.folder, "uploads"),
				users,
			});
		};

		it("finds nothing wrong with what was converted, in any zone", async () => {
			await seeded(6000);
			await runConvert(pair, { timeZone: "America/New_York" });
			const found = await compare();
			assert.deepEqual(faultsOf(found), []);
			assert.deepEqual(
				found.map(({ name, finding }) => [name, finding.actual]),
				[
					["rows of users", "all equal; 192 in quarantine"],
					["rows of workflows", "all equal; 88 in quarantine"],
					["rows of files", "all equal; 5 in quarantine"],
					["rows of workflow steps", "all equal; 182 in quarantine"],
				],
			);
			assert.ok(found.every(({ finding }) => finding.outcome === "passed"));
		});

		it("names every one of 1,000 changed fields, and nothing else", async () => {
			await seeded(4000);
			await runConvert(pair);
			const injected = await injectFaults(server, pair.targetName, 1000, 7);
			const found = await compare();
			assert.deepEqual(faultNames(faultsOf(found)), faultNames(injected));
			assert.ok(found.every(({ finding }) => finding.outcome === "failed"));
			assert.ok(textsOf(found).length <= 20 * found.length);
		});
	});

	describe("of a few users", () => {
		beforeEach(async () => {
			pair = await createPair(server, { seed: soundUsers(50) });
			await runConvert(pair);
		});

		it("says which value is expected, and keeps password hashes to itself", async () => {
			await onTarget(
				`UPDATE auth.users SET email = 'other@example.com' WHERE id = '${userUuid(7)}';
				UPDATE auth.users SET encrypted_password = overlay(encrypted_password placing 'XX' from 20) WHERE id = '${userUuid(9)}'`,
			);
			const texts = textsOf(await compare());
			assert.match(
				texts.join("\n"),
				/encrypted_password is sha256 [0-9a-f]{8}, expected sha256 [0-9a-f]{8}/,
			);
			assert.ok(!texts.join("\n").includes(bcryptHash.slice(0, 20)));
			assert.ok(
				texts.includes(
					'auth.users of legacy_users 7: email is "other@example.com", expected "user7@example.com"',
				),
			);
		});

		it("sees values that two rows exchanged", async () => {
			await onTarget(
				`UPDATE public.profiles SET username = CASE id WHEN '${userUuid(3)}' THEN 'user4' ELSE 'user3' END WHERE id IN ('${userUuid(3)}', '${userUuid(4)}');
				UPDATE public.workflows SET name = 'workflow ' || 3 - id WHERE id IN (1, 2)`,
			);
			assert.deepEqual(faultNames(faultsOf(await compare())), [
				"public.profiles 3 username",
				"public.profiles 4 username",
				"public.workflows 1 name",
				"public.workflows 2 name",
			]);
		});

		it("names rows that are missing and rows that are too much", async () => {
			await onTarget(
				`DELETE FROM public.profiles WHERE id = '${userUuid(5)}';
				DELETE FROM public.workflow_steps WHERE id = 11;
				INSERT INTO public.workflows (id, user_id, name) VALUES (500, '${userUuid(2)}', 'from nowhere');
				INSERT INTO cutover.repaired VALUES ('legacy_users', 8, 'nothing was repaired')`,
			);
			const found = await compare();
			assert.deepEqual(textsOf(found), [
				"public.profiles of legacy_users 5: missing",
				"cutover.repaired of legacy_users 8: listed, but nothing of the user was repaired",
				"public.workflows of workflows 500: there (500), but not on the source; if it was deleted there just now, run cutover convert first",
				"public.workflow_steps of workflow_steps 11: missing",
			]);
		});

		it("counts users and rows made on the target apart", async () => {
			await onTarget(
				"INSERT INTO auth.users (email) VALUES ('born@example.com'); INSERT INTO public.profiles (id) SELECT id FROM auth.users WHERE email = 'born@example.com'; INSERT INTO public.workflows (user_id, name) SELECT id, 'born' FROM auth.users WHERE email = 'born@example.com'",
			);
			const found = await compare();
			assert.deepEqual(faultsOf(found), []);
			assert.equal(found[0]?.finding.actual, "all equal; 1 made on the target");
			assert.equal(found[1]?.finding.actual, "all equal; 1 made on the target");
		});

		it("takes what the source changed since the last pass for not carried over yet", async () => {
			await onSource(
				`UPDATE legacy_users SET username = 'renamed' WHERE id = 6;
				INSERT INTO legacy_users (email, password_hash) VALUES ('new@example.com', '${bcryptHash}');
				UPDATE workflows SET name = name WHERE id = 9;
				DELETE FROM workflow_steps WHERE id = 20`,
			);
			const found = await compare({ allowGone: true });
			assert.deepEqual(faultsOf(found), []);
			const pending = {
				...nothing,
				legacy_users: [51, 6],
				workflow_steps: [20],
			};
			assert.deepEqual(pendingOf(found), pending);

			// The same rows, once the pass is made and nothing changes any more.
			const only = new Map(
				found.map(({ source, pending }) => [source, pending] as const),
			);
			const behind = await compare({ only });
			assert.deepEqual(faultNames(faultsOf(behind)), [
				"auth.identities 51 ?",
				"auth.users 51 ?",
				"cutover.identity_map 51 ?",
				"public.profiles 51 ?",
				"public.profiles 6 username",
				"public.workflow_steps 20 ?",
			]);
			await runConvert(pair);
			const after = await compare({ only });
			assert.deepEqual(faultsOf(after), []);
			assert.deepEqual(pendingOf(after), {
				legacy_users: [],
				workflow_steps: [],
			});
		});

		it("counts what waits for an owner who is still on the way, and names what is lost beside a changed one", async () => {
			// Workflow 4 was read when it was somebody's already who comes with a later round of the slot.
			await onSource(
				`INSERT INTO legacy_users (id, username, email, password_hash) VALUES (51, 'new', 'new@example.com', '${bcryptHash}');
				UPDATE workflows SET user_id = 51 WHERE id = 4;
				UPDATE workflows SET name = 'renamed' WHERE id = 6`,
			);
			await onTarget(
				"DELETE FROM public.workflows WHERE id = 4; DELETE FROM public.workflow_steps WHERE id = 12",
			);
			const found = await compare({ allowGone: true });
			assert.deepEqual(faultNames(faultsOf(found)), [
				"public.workflow_steps 12 ?",
			]);
			assert.deepEqual(pendingOf(found), {
				...nothing,
				legacy_users: [51],
				workflows: [4, 6],
				workflow_steps: [7, 8],
			});
		});

		it("looks at a sample when it is told to, and says so", async () => {
			await onTarget("UPDATE public.workflows SET is_active = NOT is_active");
			const half = faultsOf(await compare({ percent: 50 }));
			assert.ok(half.length > 0 && half.length < 100);
			const [users] = await compare({ percent: 50 });
			assert.match(
				users?.finding.actual ?? "",
				/^all equal; a sample of 50 %, [1-4]\d rows$/,
			);
			assert.deepEqual(faultsOf(await compare({ percent: 100 })).length, 100);
		});

		it("stops looking into rows at its limit, and does not call the rest equal", async () => {
			await onTarget(
				"UPDATE public.profiles SET username = 'x'; UPDATE public.workflows SET name = 'x'",
			);
			const [users, workflows] = await compare({ limit: 10 });
			assert.deepEqual(
				new Set(users?.faults.map(({ column }) => column)),
				new Set(["username"]),
			);
			assert.ok((users?.faults.length ?? 0) <= 10);
			assert.match(
				users?.finding.actual ?? "",
				/^\d+ or more faults in \d+ rows$/,
			);
			assert.match(workflows?.finding.actual ?? "", /^100 or more faults/);

			await onSource("UPDATE legacy_users SET username = 'y'");
			const [changed] = await compare({ limit: 10 });
			assert.equal(changed?.finding.outcome, "inconclusive");
		});

		it("minds neither triggers nor columns that differ from row to row", async () => {
			await onTarget(
				`ALTER TABLE public.workflows ADD COLUMN opened_at timestamptz DEFAULT now(), ADD COLUMN colour text DEFAULT 'none', ADD COLUMN token uuid DEFAULT gen_random_uuid()`,
			);
			assert.deepEqual(faultsOf(await compare()), []);
			await onTarget("UPDATE public.workflows SET colour = 'red' WHERE id = 2");
			assert.deepEqual(faultNames(faultsOf(await compare())), [
				"public.workflows 2 colour",
			]);
		});
	});

	it("follows a mapping with names, types and tables of another system", async () => {
		pair = await createPair(server, {
			seed: `RESET ROLE; CREATE SCHEMA crm AUTHORIZATION legacy_app; GRANT USAGE ON SCHEMA crm TO PUBLIC; SET ROLE legacy_app;
			CREATE TABLE crm."Members" ("No" bigint PRIMARY KEY, "Mail" varchar(60), "Hash" text, "Since" timestamp, "Seen" timestamp, prefs jsonb);
			CREATE TABLE crm."Order" (nr smallint PRIMARY KEY, "who?" integer, amount numeric(14,4), paid boolean, ref uuid, payload json, placed timestamp, scan bytea, kind char(5), flag boolean, qty smallint);
			INSERT INTO crm."Members" SELECT i, ' M' || i || '@Example.org', '${bcryptHash}', '2024-03-31 01:45'::timestamp + i * interval '5 minutes', CASE WHEN i % 3 > 0 THEN timestamp '2024-10-27 01:45' + i * interval '5 minutes' END, jsonb_build_object('size', i / 7.0, 'on', i % 2 = 0) FROM generate_series(1, 40) i;
			INSERT INTO crm."Order" SELECT i, i % 40 + 1, i * 1.2345, i % 2 = 0, md5(i::text)::uuid, ('{"b": ' || i || ', "a": [1, 2.50]}')::json, '2020-02-29 00:00:00.000001', decode(md5(i::text), 'hex'), 'k' || i % 9, i % 3 = 0, -i FROM generate_series(1, 90) i`,
		});
		await onTarget(
			`SET ROLE master; CREATE TABLE public."Orders" (id bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, "owner" uuid REFERENCES auth.users, total numeric(12,2), paid boolean, ref uuid, details jsonb, placed_at timestamptz, scan bytea, kind text, flag varchar(5), qty integer, note text DEFAULT 'none')`,
		);
		await runConvert(pair, {
			timeZone: "Europe/Berlin",
			mapping: JSON.stringify({
				users: {
					source: "crm.Members",
					id: "No",
					username: null,
					email: "Mail",
					passwordHash: "Hash",
					createdAt: "Since",
					lastSignIn: "Seen",
					settings: "prefs",
					preferences: {
						size: { from: "size", type: "number", default: 1 },
						on: { from: "on", type: "boolean", default: true },
					},
				},
				tables: [
					{
						label: "orders",
						source: "crm.Order",
						target: "public.Orders",
						id: "nr",
						owner: { of: "crm.Members", from: "who?", to: "owner" },
						columns: {
							total: { from: "amount", as: "numeric" },
							paid: "boolean",
							ref: "uuid",
							details: { from: "payload", as: "json" },
							placed_at: { from: "placed", as: "time" },
							scan: "bytea",
							kind: "text",
							flag: { from: "flag", as: "varchar(5)" },
							qty: "integer",
						},
					},
				],
			}),
		});
		assert.deepEqual(
			(await compare()).map(({ name, finding }) => [
				name,
				finding.actual,
				finding.details,
			]),
			[
				["rows of users", "all equal", []],
				["rows of orders", "all equal", []],
			],
		);
		await onTarget(
			`UPDATE public."Orders" SET scan = '\\x00' WHERE id = 5; UPDATE public."Orders" SET total = total + 0.01 WHERE id = 6; UPDATE public.profiles SET username = 'somebody' WHERE id = '${userUuid(3)}'`,
		);
		assert.deepEqual(faultNames(faultsOf(await compare())), [
			"public.Orders 5 scan",
			"public.Orders 6 total",
			"public.profiles 3 username",
		]);
	});

	it("names the server whose connection is lost while its rows are read", async () => {
		pair = await createPair(server, { seed: soundUsers(5) });
		await withSession(pair.source, { what: "source" }, async (source) => {
			await assert.rejects(
				readRows(
					source,
					"SELECT pg_terminate_backend(pg_backend_pid())",
					() => undefined,
				),
				/^ConnectionLostError: the connection to the source at .* was lost/,
			);
			// The session is gone by now, which is found out in another place.
			await assert.rejects(
				readRows(source, "SELECT 1", () => undefined),
				/^ConnectionLostError: the connection to the source at .* was lost/,
			);
		});
	});

	it("refuses a target that is not loaded", async () => {
		pair = await createPair(server, { seed: soundUsers(3) });
		await assert.rejects(compare(), {
			name: "RefusedError",
			message: "the target is not loaded yet; run: cutover convert",
		});
	});
});
