import assert from "node:assert/strict";
import { withSession } from "../../cutover/src/adapters/postgres.ts";
import { convert } from "../../cutover/src/convert/run.ts";
import { loadSchema } from "../../cutover/src/convert/settings.ts";
import {
	bcryptHash,
	createPair,
	dropPair,
	listener,
	type Pair,
	runConvert,
	startMigrationServer,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

/** More than two pages of users who stay behind: both sessions of the source have to bring some. */
const behind = 25_000;
const kept = 1_000;
const users = `INSERT INTO legacy_users (username, email, password_hash, created_at)
	SELECT 'u' || n, CASE WHEN n <= ${behind} THEN 'no address ' || n ELSE 'u' || n || '@example.com' END, '${bcryptHash}', '2024-01-01'
	FROM generate_series(1, ${behind + kept}) n`;

describe("a large quarantine", function () {
	this.timeout(60_000);
	let server: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		pair = await createPair(server, { seed: users });
	});
	afterEach(() => dropPair(pair));

	const counted = async () =>
		await server.query(
			pair.targetName,
			`SELECT (SELECT count(*)::int FROM auth.users) AS users, count(*)::int AS behind, count(DISTINCT source_id)::int AS different,
				bool_and(reason = 'invalid e-mail' AND source_row ->> 'username' = 'u' || source_id AND address = 'no address ' || source_id) AS right
			FROM cutover.quarantine`,
		);
	const whole = { users: kept, behind, different: behind, right: true };

	it("holds every row once, whole and with its reason", async () => {
		await runConvert(pair);
		assert.deepEqual(await counted(), [whole]);
	});

	it("that fails in the middle leaves nothing and nobody behind, and is written the next time", async () => {
		await server.query(
			pair.targetName,
			`CREATE FUNCTION public.stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.source_id = 15000 THEN RAISE 'stumbled'; END IF; RETURN new; END $$;
			CREATE TRIGGER stumble BEFORE INSERT ON cutover.quarantine FOR EACH ROW EXECUTE FUNCTION public.stumble()`,
		);
		await assert.rejects(runConvert(pair), /stumbled/);
		assert.deepEqual(await counted(), [
			{ users: 0, behind: 0, different: 0, right: null },
		]);
		assert.deepEqual(
			await server.query(
				"postgres",
				`SELECT application_name FROM pg_stat_activity WHERE datname IN ('${pair.sourceName}', '${pair.targetName}') AND application_name LIKE 'cutover%'`,
			),
			[],
		);
		await server.query(
			pair.targetName,
			"DROP TRIGGER stumble ON cutover.quarantine",
		);
		await runConvert(pair);
		assert.deepEqual(await counted(), [whole]);
	});

	it("is waited for while somebody holds it, and written then", async () => {
		await withSession(
			server.url(pair.targetName),
			{ what: "target" },
			async (somebody) => {
				await somebody.query("BEGIN; LOCK TABLE cutover.quarantine");
				const { hears, talk } = listener();
				const converting = convert(
					loadSchema.parse(pair),
					talk,
					new AbortController().signal,
				);
				await hears(/tables are in use/);
				await somebody.query("COMMIT");
				assert.equal((await converting).outcome, "passed");
			},
		);
		assert.deepEqual(await counted(), [whole]);
	});
});
