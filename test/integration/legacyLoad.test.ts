import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withClient } from "../../rehearsal/engine/client.ts";
import { freePort } from "../../rehearsal/freePort.ts";
import { bundleProgram } from "../../rehearsal/images/bundle.ts";
import {
	type LegacyHost,
	startLegacy,
	stopLegacy,
} from "../../rehearsal/legacy/host.ts";
import { verifyLedger } from "../../rehearsal/load/ledger.ts";
import type { LoadOptions } from "../../rehearsal/load/options.ts";
import { startLoad } from "../../rehearsal/load/startLoad.ts";
import { memberAccounts } from "../../rehearsal/seed/accounts.ts";
import { startEdge } from "./app/edge.ts";

const hosts = { frontend: "trusted-login.test", api: "api.trusted-login.test" };

describe("the load on the legacy system", function () {
	this.timeout(60_000);
	const homeBefore = process.env.TRUSTED_LOGIN_HOME;
	let home: string;
	let host: LegacyHost;
	let edge: Awaited<ReturnType<typeof startEdge>>;
	let options: LoadOptions;
	let bundle: string;

	before(async () => {
		home = await mkdtemp(join(tmpdir(), "trusted-login-load-"));
		process.env.TRUSTED_LOGIN_HOME = home;
		host = await startLegacy({
			users: 100,
			databasePort: await freePort(),
			apiPort: await freePort(),
			frontendPort: await freePort(),
		});
		edge = await startEdge({
			[hosts.frontend]: host.frontendUrl,
			[hosts.api]: host.apiUrl,
		});
		await writeFile(join(home, "ca.pem"), edge.ca);
		bundle = await bundleProgram(
			join(import.meta.dirname, "../../rehearsal/load/main.ts"),
			home,
			"load",
		);
		options = {
			address: { host: "127.0.0.1", port: edge.port },
			frontendHost: hosts.frontend,
			apiHost: hosts.api,
			caFile: join(home, "ca.pem"),
			ratePerSecond: 80,
			accounts: memberAccounts
				.slice(0, 4)
				.map(({ email, password }) => ({ email, password })),
			ledgerFile: join(home, "ledger.jsonl"),
			reportFile: join(home, "report.json"),
		};
	});
	after(async () => {
		await edge?.stop();
		await stopLegacy({ removeData: true });
		await rm(home, { recursive: true, force: true });
		if (homeBefore === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = homeBefore;
	});

	const asAdmin = (sql: string) =>
		withClient(host.adminDatabaseUrl, (client) => client.query(sql));
	const endSessions =
		"select pg_terminate_backend(pid) from pg_stat_activity where usename = 'legacy_app'";

	it("sees no failure through a fence, measures it, and finds every acknowledged write again", async () => {
		const load = await startLoad(bundle, home, options);
		await sleep(2_500);
		await asAdmin(
			`alter role legacy_app set default_transaction_read_only = on; ${endSessions}`,
		);
		await sleep(1_200);
		await asAdmin(
			`alter role legacy_app reset default_transaction_read_only; ${endSessions}`,
		);
		await sleep(2_500);
		const resident = await residentMegabytes(load.pid);
		const report = await load.stop();

		assert.deepEqual(report.failures, []);
		assert.equal(report.failed, 0);
		assert.ok(report.requests >= 450, `${report.requests} requests`);
		assert.deepEqual(Object.keys(report.byRelease), ["legacy"]);
		assert.ok(report.refused > 0);
		assert.ok(report.refusalWindowMs >= 600, `${report.refusalWindowMs} ms`);
		assert.ok(report.refusalWindowMs < 8_000, `${report.refusalWindowMs} ms`);
		assert.ok(report.acknowledgedWrites > 20);
		assert.ok(report.newConnections > 40);
		assert.ok(resident <= 90, `${resident} MB`);

		const ledger = await verifyLedger(options);
		assert.deepEqual(ledger.lost, []);
		assert.ok(ledger.lookedUp > 10);
	});

	it("notices an acknowledged write that is lost or changed", async () => {
		await asAdmin(
			"update workflows set name = 'changed' where id = (select max(id) from workflows); delete from uploaded_files where id = (select max(id) from uploaded_files)",
		);
		const { lost } = await verifyLedger(options);
		assert.equal(lost.length, 2);
		assert.match(lost.join("\n"), /its name is "changed", written was "load /);
		assert.match(lost.join("\n"), /file \d+ of .*: answered 404/);
	});

	it("counts every answer of a server that is gone as failed", async () => {
		const load = await startLoad(bundle, home, {
			...options,
			ledgerFile: join(home, "second.jsonl"),
		});
		await edge.stop();
		await sleep(500);
		const report = await load.stop();
		assert.ok(report.failed > 0);
		assert.match(report.failures.join("\n"), /ECONNREFUSED/);
	});

	it("does not start when an account cannot sign in", async () => {
		await assert.rejects(
			startLoad(bundle, home, options),
			/did not start: .*ECONNREFUSED/s,
		);
	});
});

/** What a process holds in memory, where Linux tells; 0 elsewhere. */
async function residentMegabytes(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
	return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
