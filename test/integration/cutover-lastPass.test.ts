import assert from "node:assert/strict";
import { silentTalk, type Talk } from "../../cutover/src/console.ts";
import { finalSync } from "../../cutover/src/finalSync/run.ts";
import { finalSyncSchema } from "../../cutover/src/finalSync/settings.ts";
import { runConvert, soundUsers } from "./cutoverFixture.ts";
import {
	createFollowing,
	type Following,
	startFollowedServer,
} from "./followFixture.ts";
import type { TestServer } from "./postgres.ts";

describe("the last pass behind the fence", function () {
	this.timeout(60_000);
	let server: TestServer;
	let there: Following;

	before(async () => {
		server = await startFollowedServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		there = await createFollowing(server, { seed: soundUsers(20) });
		await runConvert(there.pair);
	});
	afterEach(() => there.drop());

	/** Changes a user in the moment when everything has been compared and the fence goes up. */
	async function cutOverWithLateChange(follow: boolean) {
		let changed: Promise<unknown> = Promise.resolve();
		const talk: Talk = {
			...silentTalk,
			say(line) {
				if (!line.startsWith("fence on")) return;
				changed = there.onSource(
					"UPDATE legacy_users SET username = 'late' WHERE id = 7",
				);
			},
		};
		const done = await finalSync(
			finalSyncSchema.parse({
				...there.pair,
				reportDir: there.pair.folder,
				follow,
			}),
			talk,
			new AbortController().signal,
		);
		await changed;
		return done;
	}

	for (const follow of [false, true]) {
		const how = follow ? "by a slot" : "by age";
		it(`is compared row by row, ${how}`, async () => {
			const done = await cutOverWithLateChange(follow);
			assert.equal(done.outcome, "passed", done.next);
			const check = done.checks.find(
				({ name }) => name === "changed rows of users",
			);
			assert.match(check?.expected ?? "", /^1 changed rows of legacy_users in/);
		});

		it(`takes the fence off again when what it stored is not what it should be, ${how}`, async () => {
			await there.onTarget(
				`CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.username := NEW.username || ''!''; RETURN NEW; END';
				CREATE TRIGGER spoil BEFORE UPDATE ON public.profiles FOR EACH ROW EXECUTE FUNCTION public.spoil()`,
			);
			const done = await cutOverWithLateChange(follow);
			assert.equal(done.outcome, "failed");
			assert.deepEqual(
				done.checks
					.filter(({ outcome }) => outcome === "failed")
					.map(({ name, details }) => [name, details?.length]),
				[["changed rows of users", 1]],
			);
			assert.match(done.next, /the fence is off again/);
			await there.onSource(
				"SET ROLE legacy_app; UPDATE legacy_users SET username = 'still possible' WHERE id = 7",
			);
		});
	}
});
