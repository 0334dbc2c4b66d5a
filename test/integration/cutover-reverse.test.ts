import assert from "node:assert/strict";
import { withSession } from "../../cutover/src/adapters/postgres.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import { readRecorded } from "../../cutover/src/convert/state.ts";
import { writeBack } from "../../cutover/src/sync/reverse/writeBack.ts";
import {
	bcryptHash,
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
import { startTargetLoad } from "./writeLoad.ts";

describe("cutover sync --reverse", function () {
	this.timeout(120_000);
	let server: TestServer;
	let there: Following;
	let pair: Pair;

	before(async () => {
		server = await startFollowedServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		there = await createFollowing(server, { seed: soundUsers(40) });
		pair = there.pair;
		await onSource(
			`UPDATE legacy_users SET email = ' Mixed.Case@Example.com', settings = '{"ui_theme": "dark", "big": 12345678901234567890123, "lang": null}' WHERE id = 1;
			UPDATE legacy_users SET settings = '{not json' WHERE id = 2;
			UPDATE legacy_users SET email = 'no address' WHERE id = 3;
			UPDATE legacy_users SET created_at = NULL, last_login = '2025-03-04 05:06:07' WHERE id = 7`,
		);
		await there.cutOver();
	});
	afterEach(() => there.drop());

	const onSource = (sql: string) => there.onSource(sql);
	const onTarget = (sql: string) => there.onTarget(sql);
	const catchUp = () => there.catchUp({ reverse: true });

	/** What users see of a database with the new schema, without ids that only one side knows. */
	async function seen(database: string): Promise<Record<string, unknown[]>> {
		const rows = async (sql: string) =>
			(await server.query<{ row: unknown }>(database, sql)).map(
				({ row }) => row,
			);
		return {
			users: await rows(
				"SELECT jsonb_build_object('email', email, 'hash', encrypted_password, 'signedIn', last_sign_in_at, 'name', username, 'preferences', preferences, 'created', u.created_at) AS row FROM auth.users u JOIN public.profiles p USING (id) ORDER BY email",
			),
			workflows: await rows(
				"SELECT to_jsonb(w) - 'user_id' || jsonb_build_object('of', email) AS row FROM public.workflows w JOIN auth.users u ON u.id = w.user_id ORDER BY w.id",
			),
			steps: await rows(
				"SELECT to_jsonb(s) AS row FROM public.workflow_steps s ORDER BY id",
			),
		};
	}

	/** The legacy tables, converted anew, show what the target shows. */
	async function assertCarriedBack(): Promise<void> {
		const fresh = await createPair(server, { tables: false });
		try {
			await runConvert({ ...fresh, source: pair.source });
			assert.deepEqual(
				await seen(fresh.targetName),
				await seen(pair.targetName),
			);
		} finally {
			await dropPair(fresh);
		}
	}

	const idOf = (legacyId: number) =>
		`(SELECT user_id FROM cutover.identity_map WHERE legacy_id = ${legacyId})`;
	const legacyRows = () =>
		onSource("SELECT t.*, xmin::text FROM legacy_users t ORDER BY id");

	it("writes back only the fields that changed", async () => {
		const before = await legacyRows();
		await onTarget(
			`UPDATE public.profiles SET preferences = preferences || '{"theme": "blue"}' WHERE id = ${idOf(1)};
			UPDATE auth.users SET encrypted_password = '${bcryptHash.slice(0, -1)}x', last_sign_in_at = '2026-11-01 10:00:00.123456+00' WHERE id = ${idOf(2)}`,
		);
		await catchUp();
		const [one, two, ...others] = await legacyRows();
		assert.equal(one?.email, " Mixed.Case@Example.com");
		assert.deepEqual(
			await onSource(
				"SELECT settings::jsonb ->> 'ui_theme' AS theme, settings::jsonb ->> 'big' AS big FROM legacy_users WHERE id = 1",
			),
			[{ theme: "blue", big: "12345678901234567890123" }],
		);
		assert.equal(two?.settings, "{not json");
		assert.equal(two?.password_hash, `${bcryptHash.slice(0, -1)}x`);
		assert.deepEqual(
			await onSource(
				"SELECT last_login::text AS at FROM legacy_users WHERE id = 2",
			),
			[{ at: "2026-11-01 10:00:00.123456" }],
		);
		assert.deepEqual(others, before.slice(2), "nobody else was touched");
		await assertCarriedBack();
	});

	it("leaves the creation of a user, which the last sign-in stood in for, where it is when they sign in again", async () => {
		const before = await legacyRows();
		await onTarget(
			`UPDATE auth.users SET last_sign_in_at = '2026-11-01 10:00:00+00' WHERE id IN (${idOf(7)}, ${idOf(9)})`,
		);
		await catchUp();
		assert.deepEqual(
			await onSource(
				"SELECT created_at::text AS created, last_login::text AS login FROM legacy_users WHERE id = 7",
			),
			[{ created: "2025-03-04 05:06:07", login: "2026-11-01 10:00:00" }],
		);
		const nine = (rows: Record<string, unknown>[]) =>
			rows.find(({ id }) => id === 9)?.created_at;
		assert.deepEqual(nine(await legacyRows()), nine(before));
		await assertCarriedBack();
	});

	it("gives users born on the target a legacy id, and their rows with them", async () => {
		await onTarget(
			`INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at) VALUES ('11111111-2222-4333-8444-555555555555', 'born@example.com', '${bcryptHash}', now());
			INSERT INTO public.profiles (id, username, preferences) VALUES ('11111111-2222-4333-8444-555555555555', 'born', '{"theme": "dark", "notifications": false, "language": "fr"}');
			INSERT INTO public.workflows (user_id, name) VALUES ('11111111-2222-4333-8444-555555555555', 'made there');
			INSERT INTO public.workflow_steps (workflow_id, position, type, config) SELECT max(id), 1, 'wait', '{"seconds": 5}' FROM public.workflows;
			INSERT INTO public.workflows (user_id, name) VALUES (${idOf(5)}, 'made there too')`,
		);
		await catchUp();
		const [born] = await onSource(
			"SELECT id, username FROM legacy_users WHERE email = 'born@example.com'",
		);
		assert.equal(born?.username, "born");
		assert.deepEqual(
			await onTarget(
				"SELECT legacy_id::int AS id FROM cutover.identity_map WHERE user_id = '11111111-2222-4333-8444-555555555555'",
			),
			[{ id: born?.id }],
		);
		const [next] = await onSource(
			"INSERT INTO workflows (user_id, name) VALUES (5, 'after the way back') RETURNING id > (SELECT max(id) FROM workflows) AS higher",
		);
		assert.deepEqual(next, { higher: true });
		await onSource("DELETE FROM workflows WHERE name = 'after the way back'");
		await assertCarriedBack();
	});

	it("removes who is gone, with whatever stayed in quarantine", async () => {
		await onSource(
			`INSERT INTO workflows (user_id, name) VALUES (6, repeat('x', 280))`,
		);
		await onTarget(`DELETE FROM auth.users WHERE id = ${idOf(6)}`);
		await catchUp();
		assert.deepEqual(
			await onSource("SELECT FROM legacy_users WHERE id = 6"),
			[],
		);
		assert.deepEqual(
			await onSource("SELECT FROM workflows WHERE user_id = 6"),
			[],
		);
		await assertCarriedBack();
	});

	it("keeps what somebody took over from a user who is gone, although the feed told of neither yet", async () => {
		await catchUp();
		const [uuid = ""] = (await onTarget(`SELECT ${idOf(6)}::text AS uuid`)).map(
			(row) => String(row.uuid),
		);
		// User 6 has two workflows: one changes hands, of the other only a step is kept, in a workflow of user 5.
		await onTarget(
			`UPDATE public.workflows SET user_id = ${idOf(5)} WHERE id = (SELECT min(id) FROM public.workflows WHERE user_id = ${idOf(6)});
			UPDATE public.workflow_steps SET workflow_id = (SELECT max(id) FROM public.workflows WHERE user_id = ${idOf(5)})
				WHERE id = (SELECT min(s.id) FROM public.workflow_steps s JOIN public.workflows w ON w.id = workflow_id WHERE user_id = ${idOf(6)});
			DELETE FROM auth.users WHERE id = ${idOf(6)}`,
		);
		// A change of user 6 from before all that is at hand, and the rows are read as they are now.
		await withSession(pair.source, { what: "source" }, (source) =>
			withSession(pair.target, { what: "target" }, async (target) => {
				for (const session of [source, target])
					await session.query("SET TIME ZONE 'UTC'");
				const rules = (await readRecorded(target))?.rules;
				assert.ok(rules !== undefined);
				const dirty = { users: new Set([uuid]), rows: new Map() };
				const signal = new AbortController().signal;
				await writeBack(source, target, rules, dirty, {
					talk: silentTalk,
					signal,
				});
			}),
		);
		await assertCarriedBack();
		await catchUp();
		await assertCarriedBack();
	});

	it("writes nothing twice, and its own writes do not come back", async () => {
		await onTarget(
			`UPDATE auth.users SET email = 'other@example.com' WHERE id = ${idOf(7)}`,
		);
		await catchUp();
		const before = await legacyRows();
		const again = await catchUp();
		assert.deepEqual(await legacyRows(), before);
		assert.match(again.checks[0]?.actual ?? "", /^0 changed rows/);
	});

	it("keeps up with a write load through kills, without a difference", async () => {
		await catchUp();
		const load = startTargetLoad(server.url(pair.targetName), 3);
		await there.killAgainAndAgain(["sync", "--reverse", "--poll-ms", "20"], 4);
		assert.ok((await load.stop()) > 50);
		await catchUp();
		await assertCarriedBack();
	});

	it("refuses while the legacy application can write, and before the cutover", async () => {
		await there.fence("off");
		await assert.rejects(
			catchUp(),
			/the target was rolled back at .*: the legacy application writes again/,
		);
		const early = await createFollowing(server, { seed: soundUsers(2) });
		await runConvert(early.pair);
		await assert.rejects(
			early.catchUp({ reverse: true }),
			/the target is not live/,
		);
		await early.drop();
	});

	it("names the grants that it lacks", async () => {
		await server.query("postgres", "REVOKE legacy_app FROM cutover");
		try {
			await assert.rejects(
				catchUp(),
				/let their owner run: GRANT INSERT, UPDATE, DELETE ON "legacy_users" TO cutover; GRANT USAGE, UPDATE ON SEQUENCE public.legacy_users_id_seq TO cutover; /,
			);
		} finally {
			await server.query("postgres", "GRANT legacy_app TO cutover");
		}
	});
});
