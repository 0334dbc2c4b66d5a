import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	type Database,
	openDatabase,
	type TransactionOptions,
} from "../../rehearsal/app/backend/database.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

describe("a transaction whose session ends just before its commit", function () {
	this.timeout(30_000);
	let server: TestServer;
	let database: Database;

	before(async () => {
		server = await startPostgres();
		const url = await server.createDatabase("app");
		database = openDatabase({ url, connections: 2, rowLevelSecurity: false });
	});
	after(async () => {
		await database.close();
		await server.stop();
	});

	/** Runs a transaction whose first session is ended when its work is done; answers how often it was tried. */
	async function tries(access: TransactionOptions["access"]): Promise<number> {
		let tried = 0;
		await database.transaction({ access }, async (query) => {
			tried += 1;
			const [row] = await query<{ pid: number }>(
				"select pg_backend_pid() as pid",
			);
			if (tried > 1) return;
			await server.query("app", "select pg_terminate_backend($1, 5000)", [
				row?.pid,
			]);
		});
		return tried;
	}

	it("is read again when it only reads", async () => {
		assert.equal(await tries("read"), 2);
	});

	it("is not repeated when it writes: nobody knows whether it was committed", async () => {
		await assert.rejects(tries("write"), { name: "DatabaseGoneError" });
	});

	it("does not make the application unhealthy", async () => {
		// Ended while this process looks away, so that the pool hands out a session that is gone already.
		for (let nth = 0; nth < 5; nth += 1) {
			assert.equal(await database.answers(), true);
			const ended = spawnSync("psql", [
				...["-X", "-q", "-d", server.url("app"), "-c"],
				"select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()",
			]);
			assert.equal(ended.status, 0, String(ended.stderr));
			assert.equal(await database.answers(), true);
		}
	});
});
