import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { withClient } from "../../rehearsal/engine/client.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

describe("a connection of the rehearsal", function () {
	this.timeout(60_000);
	let server: TestServer;

	before(async () => {
		server = await startPostgres();
	});
	after(() => server.stop());

	it("that breaks while rows are loaded fails the work, not the process", async () => {
		await server.query("postgres", "CREATE TABLE numbers (n int)");
		let crash: Promise<void> | undefined;
		async function* endless() {
			for (let n = 0; ; n += 1) {
				yield `${n}\n`.repeat(1_000);
				if (n === 100) crash = server.crash();
			}
		}
		await assert.rejects(
			withClient(server.url("postgres"), (client) =>
				pipeline(
					Readable.from(endless()),
					client.query(copyFrom("COPY numbers FROM STDIN")),
				),
			),
			/terminat|ECONNRESET|EPIPE/,
		);
		await crash;
	});

	it("is ended with the work", async () => {
		const pid = await withClient(
			server.url("postgres"),
			async (client) =>
				(await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid,
		);
		const [row] = await server.query<{ left: number }>(
			"postgres",
			"SELECT count(*)::int AS left FROM pg_stat_activity WHERE pid = $1",
			[pid],
		);
		assert.equal(row?.left, 0);
	});

	it("that nobody answers says so", async () => {
		await assert.rejects(
			withClient("postgresql://postgres@127.0.0.1:1/postgres", async () => {}),
			/ECONNREFUSED/,
		);
	});
});
