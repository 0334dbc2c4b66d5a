import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { supabaseTables } from "../../bench/convert/supabaseTables.ts";
import { validate } from "../../cutover/src/validate/run.ts";
import { validateSchema } from "../../cutover/src/validate/settings.ts";
import {
	bcryptHash,
	createPair,
	dropPair,
	type Pair,
	runConvert,
	soundUsers,
	startMigrationServer,
	startVerb,
	until,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

const born = "11111111-1111-4111-8111-111111111111";

/** What the users of a project on Supabase have around its tables: something that is told of each new user. */
const audit = `
	CREATE SCHEMA own AUTHORIZATION supabase_auth_admin;
	CREATE TABLE own.seen (user_id uuid);
	CREATE FUNCTION own.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN INSERT INTO own.seen VALUES (NEW.id); RETURN NEW; END';
	CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION own.see();`;

/** Somebody who signed up to the new system before anything was converted. */
const earlyUser = `
	INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, confirmation_token, recovery_token,
		email_change_token_new, email_change, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
		VALUES ('00000000-0000-0000-0000-000000000000', '${born}', 'authenticated', 'authenticated', 'user7@example.com', '${bcryptHash}', now(), '', '', '', '',
			'{"provider": "email", "providers": ["email"]}', '{}', now(), now());
	INSERT INTO auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at)
		VALUES ('${born}', '${born}', '{"sub": "${born}", "email": "user7@example.com", "email_verified": true}', 'email', now(), now());`;

describe("cutover convert into tables that Supabase Auth made", function () {
	this.timeout(120_000);
	let server: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		pair = await createPair(server, {
			seed: soundUsers(300),
			before: `${supabaseTables} ${audit} ${earlyUser}`,
		});
		await onTarget(
			`INSERT INTO public.profiles (id, username) VALUES ('${born}', 'early');
			INSERT INTO public.workflows (id, user_id, name) VALUES (3, '${born}', 'early')`,
		);
	});
	afterEach(() => dropPair(pair));

	const onTarget = <T extends Record<string, unknown>>(sql: string) =>
		server.query<T>(pair.targetName, sql);

	/** An index or trigger that went and came back has another oid. */
	const standing = () =>
		onTarget(
			`SELECT 'index' AS kind, indexrelid::int AS oid, indexrelid::regclass::text AS name FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace::regnamespace::text IN ('auth', 'public')
			UNION ALL SELECT 'trigger', oid::int, tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE tgenabled = 'O'
			UNION ALL SELECT 'constraint', oid::int, conrelid::regclass || ' ' || conname FROM pg_constraint WHERE contype IN ('p', 'u', 'f') ORDER BY 1, 2`,
		);

	const mismatches = async () => {
		const { checks } = await validate(
			validateSchema.parse({ ...pair, reportDir: pair.folder }),
		);
		return checks.filter(
			({ outcome, required }) => outcome !== "passed" && required !== false,
		);
	};

	for (const options of [["--live-target"], []] as const) {
		it(`leaves indexes, keys and triggers standing and the rows that are there alone, ${options[0] ?? "by itself"}`, async () => {
			const before = await standing();
			const running = startVerb(
				pair,
				...["convert", "--batch-rows", "20", "--max-rate", "1500", ...options],
			);
			// People sign up meanwhile, and find everything as it has to be.
			let signedUp = 0;
			while (running.isRunning()) {
				await onTarget(
					`INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, created_at, updated_at) VALUES (gen_random_uuid(), 'new${signedUp}@example.com', '${bcryptHash}', now(), now(), now())`,
				);
				signedUp += 1;
				assert.deepEqual(await standing(), before);
				await sleep(50);
			}
			const { exitCode, said } = await running.ended;
			assert.equal(exitCode, 0, said);
			assert.ok(signedUp > 10, `${signedUp}`);
			const [row] = await onTarget(
				`SELECT (SELECT count(*)::int FROM cutover.identity_map) AS migrated, (SELECT count(*)::int FROM auth.users) AS users,
					(SELECT count(DISTINCT user_id)::int FROM own.seen) AS told, (SELECT name FROM public.workflows WHERE id = 3) AS workflow`,
			);
			assert.deepEqual(row, {
				// user7's address belongs to somebody who was there before.
				migrated: 299,
				users: 299 + 1 + signedUp,
				told: 299 + 1 + signedUp,
				workflow: "early",
			});
			assert.deepEqual(await mismatches(), []);
		});
	}

	it("goes on after SIGKILL while foreign keys watch: no row lost, none twice", async () => {
		const killed = startVerb(
			pair,
			...["convert", "--batch-rows", "20", "--max-rate", "600"],
		);
		await until("the tenth range", async () => {
			const [row] = await onTarget<{ loaded: number }>(
				"SELECT count(loaded_at)::int AS loaded FROM cutover.checkpoint",
			);
			return Number(row?.loaded) >= 10 || !killed.isRunning();
		});
		assert.ok(killed.isRunning(), killed.said());
		killed.kill();
		await killed.ended;
		assert.equal((await runConvert(pair)).outcome, "passed");
		assert.deepEqual(await mismatches(), []);
	});

	it("refuses a trigger that would fill the same tables, and policies that hide them, before it writes anything", async () => {
		await onTarget(
			`CREATE OR REPLACE FUNCTION own.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN INSERT INTO public.profiles (id) VALUES (NEW.id); RETURN NEW; END';
			ALTER TABLE auth.identities ENABLE ROW LEVEL SECURITY`,
		);
		await assert.rejects(
			runConvert(pair),
			/^RefusedError: the target would not take the rows: trigger on_auth_user_created on auth\.users inserts into public\.profiles, which is loaded too, .*: let its owner run ALTER TABLE auth\.users DISABLE TRIGGER on_auth_user_created until the cutover, or .*; row-level security of auth\.identities applies to the login master, .*: let an administrator run ALTER ROLE master BYPASSRLS; nothing was written$/,
		);
		assert.deepEqual(await onTarget("SELECT FROM cutover.conversion"), []);
		await onTarget(
			`ALTER TABLE auth.users DISABLE TRIGGER on_auth_user_created;
			ALTER TABLE auth.identities DISABLE ROW LEVEL SECURITY`,
		);
		assert.equal((await runConvert(pair)).outcome, "passed");
	});
});
