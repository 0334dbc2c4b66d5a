import assert from "node:assert/strict";
import { bcryptHash, soundUsers } from "./cutoverFixture.ts";
import {
	createFollowing,
	type Following,
	startFollowedServer,
} from "./followFixture.ts";
import type { TestServer } from "./postgres.ts";

const born = "11111111-2222-4333-8444-555555555555";

describe("a cutover that is rolled back, and made again", function () {
	this.timeout(120_000);
	let server: TestServer;
	let there: Following;

	before(async () => {
		server = await startFollowedServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		there = await createFollowing(server, { seed: soundUsers(30) });
		await there.cutOver();
		await there.onTarget(
			`INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, instance_id, aud, role, confirmation_token, recovery_token, email_change_token_new, email_change, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
				VALUES ('${born}', 'born@example.com', '${bcryptHash}', '2026-01-01Z', '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', '', '', '', '', '{"provider": "email", "providers": ["email"]}', '{}', '2026-01-01Z', '2026-01-01Z');
			INSERT INTO auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at)
				VALUES ('${born}', '${born}', '{"sub": "${born}", "email": "born@example.com", "email_verified": true}', 'email', '2026-01-01Z', '2026-01-01Z');
			INSERT INTO public.profiles (id, username, preferences, created_at) VALUES ('${born}', 'born', '{"theme": "dark", "notifications": false, "language": "fr"}', '2026-01-01Z');
			INSERT INTO public.workflows (user_id, name) VALUES ('${born}', 'made there');
			INSERT INTO public.workflow_steps (workflow_id, position, type, config) SELECT max(id), 1, 'wait', '{"seconds": 5}' FROM public.workflows`,
		);
	});
	afterEach(() => there.drop());

	const rollBack = async () => {
		await there.catchUp({ reverse: true });
		await there.sync({ reverse: true, stop: true });
		await there.fence("off");
	};
	/** What the legacy application does to somebody who signed up on the target, and to what that one made. */
	const changeOnLegacy = () =>
		there.onSource(
			`UPDATE legacy_users SET username = 'still me', email = 'Born2@example.com' WHERE username = 'born';
			UPDATE workflows SET name = 'renamed' WHERE name = 'made there';
			INSERT INTO workflows (user_id, name, created_at) SELECT id, 'made on legacy', '2026-02-02' FROM legacy_users WHERE username = 'still me';
			INSERT INTO legacy_users (username, email, password_hash, created_at) VALUES ('new', 'new@example.com', '${bcryptHash}', '2026-02-02');
			UPDATE legacy_users SET username = 'old' WHERE id = 5`,
		);
	const seen = async () =>
		await there.onTarget(
			`SELECT u.id, u.email, i.identity_data ->> 'email' AS identity, p.username, (SELECT array_agg(name ORDER BY name) FROM public.workflows w WHERE w.user_id = u.id) AS workflows,
				(SELECT count(*)::int FROM auth.users) AS users, (SELECT count(*)::int FROM public.workflow_steps) AS steps
			FROM auth.users u JOIN public.profiles p USING (id) JOIN auth.identities i ON i.user_id = u.id WHERE p.username = 'still me'`,
		);
	const kept = [
		{
			id: born,
			email: "born2@example.com",
			identity: "born2@example.com",
			username: "still me",
			workflows: ["made on legacy", "renamed"],
			users: 32,
			steps: 121,
		},
	];

	it("keeps the UUID of who was born on the target, when changes are found by age", async () => {
		await rollBack();
		await changeOnLegacy();
		assert.equal((await there.cutOver()).outcome, "passed");
		assert.deepEqual(await seen(), kept);
	});

	it("keeps it when the source is followed through a slot", async () => {
		await rollBack();
		await there.catchUp();
		assert.deepEqual(await there.mismatches(), []);
		await changeOnLegacy();
		await there.catchUp();
		assert.deepEqual(await seen(), kept);
		assert.deepEqual(await there.mismatches(), []);
		// Gone on legacy is gone on the target too, with what belonged to it.
		await there.onSource(
			"DELETE FROM workflow_steps WHERE workflow_id IN (SELECT id FROM workflows WHERE name = 'renamed'); DELETE FROM workflows WHERE name IN ('renamed', 'made on legacy'); DELETE FROM legacy_users WHERE username = 'still me'",
		);
		assert.equal((await there.cutOver()).outcome, "passed");
		assert.deepEqual(await seen(), []);
	});

	it("can go there and back twice", async () => {
		await rollBack();
		await changeOnLegacy();
		await there.cutOver();
		await there.onTarget(
			`UPDATE public.profiles SET username = 'third' WHERE id = '${born}'; INSERT INTO public.workflows (user_id, name) VALUES ('${born}', 'second time')`,
		);
		await rollBack();
		assert.deepEqual(
			await there.onSource(
				"SELECT username, (SELECT count(*)::int FROM workflows w WHERE w.user_id = u.id) AS workflows FROM legacy_users u WHERE email = 'Born2@example.com'",
			),
			[{ username: "third", workflows: 3 }],
		);
		await there.catchUp();
		assert.deepEqual(await there.mismatches(), []);
	});

	it("writes the way back down, and does not take the target for live any more", async () => {
		const events = async () =>
			(
				await there.onTarget<{ event: string }>(
					"SELECT event FROM cutover.journal WHERE event IN ('fence on', 'fence off', 'live', 'rolled back', 'forward again') ORDER BY id",
				)
			).map(({ event }) => event);
		await there.catchUp({ reverse: true });
		const done = await there.fence("off");
		assert.match(done.next, /^Rolled back: the legacy application can write/);
		assert.deepEqual(await events(), [
			"fence on",
			"live",
			"rolled back",
			"fence off",
		]);
		const again = await there.fence("off");
		assert.match(again.next, /^The fence is off/);
		await assert.rejects(
			there.catchUp(),
			/the target was rolled back at .*, and its changes still travel to the source; run cutover sync --reverse --stop first/,
		);
		await assert.rejects(
			there.catchUp({ reverse: true }),
			/the target was rolled back at .*: the legacy application writes again/,
		);
		await there.sync({ reverse: true, stop: true });
		await there.catchUp();
		await there.cutOver();
		assert.deepEqual((await events()).slice(3), [
			"fence off",
			"forward again",
			"fence on",
			"live",
		]);
	});

	it("leaves alone what was never carried back", async () => {
		await there.fence("off");
		await there.onSource("UPDATE legacy_users SET username = 'x' WHERE id = 5");
		await there.catchUp();
		assert.deepEqual(
			await there.onTarget(
				`SELECT username, (SELECT count(*)::int FROM public.workflows WHERE user_id = '${born}') AS workflows FROM public.profiles WHERE id = '${born}'`,
			),
			[{ username: "born", workflows: 1 }],
		);
		assert.deepEqual(await there.mismatches(), []);
	});
});
