import assert from "node:assert/strict";
import pg from "pg";
import {
	withSession,
	withTransaction,
} from "../../cutover/src/adapters/postgres.ts";
import { withPatience } from "../../cutover/src/adapters/tableLocks.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import { convert } from "../../cutover/src/convert/run.ts";
import { loadSchema } from "../../cutover/src/convert/settings.ts";
import { InterruptedError } from "../../cutover/src/errors.ts";
import {
	createPair,
	dropPair,
	listener,
	type Pair,
	soundUsers,
	startMigrationServer,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

const never = new AbortController().signal;

describe("tables that somebody else looks into", function () {
	this.timeout(60_000);
	let server: TestServer;
	let pair: Pair;

	before(async () => {
		server = await startMigrationServer();
	});
	after(() => server.stop());
	beforeEach(async () => {
		pair = await createPair(server, { seed: soundUsers(3) });
	});
	afterEach(() => dropPair(pair));

	/** Somebody whose transaction is open while the work is done. */
	async function beside<T>(
		work: (somebody: pg.Client) => Promise<T>,
	): Promise<T> {
		const somebody = new pg.Client({
			connectionString: server.url(pair.targetName),
			application_name: "dashboard",
		});
		await somebody.connect();
		try {
			await somebody.query("BEGIN");
			return await work(somebody);
		} finally {
			await somebody.end();
		}
	}

	it("are waited for by a conversion, which names who it is and goes on", async () => {
		await beside(async (somebody) => {
			await somebody.query("SELECT FROM public.workflows");
			const { said, hears, talk } = listener();
			const converting = convert(loadSchema.parse(pair), talk, never);
			await hears(/tables are in use/);
			await somebody.query("COMMIT");
			assert.equal((await converting).outcome, "passed");
			assert.match(
				said.join("\n"),
				/the tables are in use \(dashboard process \d+ as postgres holds public\.workflows( for \d+ s)?\); letting them go on, try 2 of 15 in 2 s/,
			);
		});
		const [counted] = await server.query<{ users: string; left: string }>(
			pair.targetName,
			"SELECT (SELECT count(*) FROM auth.users) AS users, (SELECT count(*) FROM cutover.deferred) AS left",
		);
		assert.deepEqual(counted, { users: "3", left: "0" });
	});

	it("are let go at once when the conversion is stopped meanwhile", async () => {
		await beside(async (somebody) => {
			await somebody.query("SELECT FROM public.workflows");
			const stop = new AbortController();
			let stoppedAt = 0;
			const say = (line: string) => {
				if (!line.includes("tables are in use")) return;
				setTimeout(() => {
					stoppedAt = performance.now();
					stop.abort(new InterruptedError("stopped by SIGINT"));
				}, 100);
			};
			await assert.rejects(
				convert(loadSchema.parse(pair), { ...silentTalk, say }, stop.signal),
				/stopped by SIGINT/,
			);
			assert.ok(performance.now() - stoppedAt < 1_000);
		});
	});

	const wait = {
		schemas: ["public"],
		state: "nothing was changed",
		talk: silentTalk,
		signal: never,
	};

	it("are asked for again when PostgreSQL ended a deadlock by ending the work", async () => {
		await beside((somebody) =>
			withSession(
				server.url(pair.targetName),
				{ what: "target" },
				async (session) => {
					// Whoever waits longest for a lock looks first whether there is a deadlock, and is ended.
					await session.query("SET deadlock_timeout = '50ms'");
					await somebody.query("SET LOCAL deadlock_timeout = '1min'");
					await somebody.query("LOCK TABLE public.files");
					let tries = 0;
					let waiting: Promise<unknown> | undefined;
					const patience = { lockTimeoutMs: 5_000, lockTries: 3, pauseMs: 10 };
					await withPatience(session, { ...wait, patience }, () =>
						withTransaction(session, async () => {
							tries += 1;
							await session.query("LOCK TABLE public.workflows");
							waiting ??= somebody
								.query("LOCK TABLE public.workflows")
								.then(() => somebody.query("COMMIT"));
							await session.query("LOCK TABLE public.files");
						}),
					);
					await waiting;
					assert.equal(tries, 2);
				},
			),
		);
	});

	it("are given up after some tries, naming who holds them and how things stand", async () => {
		await beside((somebody) =>
			withSession(
				server.url(pair.targetName),
				{ what: "target" },
				async (session) => {
					await somebody.query("LOCK TABLE public.files");
					const patience = { lockTimeoutMs: 20, lockTries: 2, pauseMs: 10 };
					await assert.rejects(
						withPatience(session, { ...wait, patience }, () =>
							withTransaction(session, () =>
								session.query("DROP TABLE public.files"),
							),
						),
						/^RefusedError: the tables are in use, 2 tries of 0\.02 s each got no lock: dashboard process \d+ as postgres holds public\.files for \d+ s; end it or come back at a quieter time; nothing was changed$/,
					);
					const { rows } = await session.query("SHOW lock_timeout");
					assert.equal(rows[0].lock_timeout, "0", "later work waits as before");
				},
			),
		);
	});
});
