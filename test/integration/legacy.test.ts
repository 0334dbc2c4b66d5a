import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning } from "../../rehearsal/cloud/processes.ts";
import { withClient } from "../../rehearsal/engine/client.ts";
import { freePort } from "../../rehearsal/freePort.ts";
import {
	type LegacyHost,
	type LegacyOptions,
	legacyStatus,
	startLegacy,
	stopLegacy,
} from "../../rehearsal/legacy/host.ts";
import { PortInUseError } from "../../rehearsal/legacy/ports.ts";
import { canaryAccounts, testAccount } from "../../rehearsal/seed/accounts.ts";
import { expectedCounts } from "../../rehearsal/seed/counts.ts";
import { behavesAsTheApp } from "./app/behaviour.ts";
import { runServer } from "./app/processes.ts";

const users = 500;

describe("the legacy host", function () {
	this.timeout(60_000);
	const homeBefore = process.env.TRUSTED_LOGIN_HOME;
	let home: string;
	let options: LegacyOptions;
	let host: LegacyHost;

	before(async () => {
		home = await mkdtemp(join(tmpdir(), "trusted-login-legacy-"));
		process.env.TRUSTED_LOGIN_HOME = home;
		options = {
			users,
			databasePort: await freePort(),
			apiPort: await freePort(),
			frontendPort: await freePort(),
			allowedOrigins: ["https://trusted-login.example"],
		};
		host = await startLegacy(options);
	});
	after(async () => {
		await stopLegacy({ removeData: true });
		await rm(home, { recursive: true, force: true });
		if (homeBefore === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = homeBefore;
	});

	const admin = (...statements: string[]) =>
		withClient(host.adminDatabaseUrl, async (client) => {
			for (const statement of statements) await client.query(statement);
		});

	behavesAsTheApp(() => {
		const [canary] = canaryAccounts;
		assert.ok(canary);
		return {
			apiUrl: host.apiUrl,
			release: "legacy",
			accounts: [testAccount, canary],
			fence: () =>
				// As the migration does it: with the rights of the role `cutover`.
				withClient(host.databaseUrl, async (client) => {
					await client.query(
						"alter role legacy_app set default_transaction_read_only = on",
					);
					await client.query(
						"select pg_terminate_backend(pid) from pg_stat_activity where usename = 'legacy_app'",
					);
				}),
			lift: () =>
				admin(
					"alter role legacy_app reset default_transaction_read_only",
					"select pg_terminate_backend(pid) from pg_stat_activity where usename = 'legacy_app'",
				),
			startAnother: () =>
				runServer(join(home, "legacy", "app", "api"), {
					SCHEMA: "legacy",
					RELEASE: "legacy",
					DATABASE_URL: host.applicationDatabaseUrl,
					JWT_SECRET: host.jwtSecret,
					UPLOADS: host.uploadsDirectory,
				}),
		};
	});

	it("holds exactly the rows that the generator counts", async () => {
		const expected = expectedCounts(users, host.seed);
		const found = await withClient(host.databaseUrl, async (client) => {
			const { rows } = await client.query<Record<string, number>>(
				`select (select count(*)::int from legacy_users where id <= ${users}) as users,
				(select count(*)::int from workflows where id <= $1) as workflows,
				(select count(*)::int from workflow_steps where workflow_id <= $1) as steps,
				(select count(*)::int from uploaded_files where id <= $2) as files`,
				[expected.workflows.source, expected.files.source],
			);
			return rows[0];
		});
		assert.deepEqual(found, {
			users,
			workflows: expected.workflows.source,
			steps: expected.steps.source,
			files: expected.files.source,
		});
	});

	it("lets the migration's role read everything and change nothing", async () => {
		await withClient(host.databaseUrl, async (client) => {
			await client.query("select count(*) from legacy_users");
			await assert.rejects(
				client.query("update legacy_users set username = 'x'"),
				/permission denied/,
			);
			const { rows } = await client.query<{ wal_level: string }>(
				"show wal_level",
			);
			assert.equal(rows[0]?.wal_level, "logical");
		});
	});

	it("serves the frontend, which finds the API by its configuration", async () => {
		const page = await fetch(`${host.frontendUrl}/workflows`);
		assert.match(await page.text(), /<div id="root">/);
		assert.equal(page.headers.get("x-release"), "legacy");
		assert.equal(page.headers.get("x-frame-options"), "DENY");
		const config = await fetch(`${host.frontendUrl}/config.js`);
		assert.ok(
			(await config.text()).includes(`http://localhost:${options.apiPort}`),
		);
		const tag = page.headers.get("etag") ?? "";
		const again = await fetch(`${host.frontendUrl}/`, {
			headers: { "If-None-Match": tag },
		});
		assert.equal(again.status, 304);
		assert.equal((await fetch(`${host.frontendUrl}/no.js`)).status, 404);
	});

	it("lets the frontend's origins call the API, and no others", async () => {
		for (const [origin, allowed] of [
			[`http://localhost:${options.frontendPort}`, true],
			["https://trusted-login.example", true],
			["https://evil.example", false],
		] as const) {
			const answer = await fetch(`${host.apiUrl}/api/v1/profile`, {
				method: "OPTIONS",
				headers: { Origin: origin, "Access-Control-Request-Method": "PUT" },
			});
			assert.equal(
				answer.headers.get("access-control-allow-origin"),
				allowed ? origin : null,
			);
		}
	});

	it("keeps its passwords in files of the owner only", async () => {
		const { stat } = await import("node:fs/promises");
		for (const name of ["secrets.json", "state.json", "api.log"]) {
			const { mode } = await stat(join(home, "legacy", name));
			assert.equal(mode & 0o077, 0, name);
		}
		const log = await readFile(join(home, "legacy", "api.log"), "utf8");
		assert.ok(!log.includes(host.jwtSecret));
	});

	it("is started once, however often it is asked to", async () => {
		const before = legacyStatus();
		assert.equal(before.running, true);
		assert.deepEqual(await startLegacy(options), host);
		assert.deepEqual(legacyStatus().parts, before.parts);
	});

	it("refuses to be another one while it runs", async () => {
		await assert.rejects(
			startLegacy({ ...options, users: 7 }),
			/seeded with users 500, not 7/,
		);
		await assert.rejects(
			startLegacy({ ...options, apiPort: 1 }),
			/legacy api runs on port \d+, not 1; stop it first/,
		);
	});

	it("starts again only what has ended, and keeps the data", async () => {
		const { api } = legacyStatus().parts;
		assert.ok(api);
		process.kill(api.pid, "SIGKILL");
		while (isRunning(api)) await new Promise((r) => setTimeout(r, 10));
		assert.equal(legacyStatus().running, false);
		await startLegacy(options);
		assert.equal(legacyStatus().running, true);
		assert.notEqual(legacyStatus().parts.api?.pid, api.pid);
	});

	it("says which folder the database's own user cannot pass through", async () => {
		const closed = await mkdtemp(join(tmpdir(), "trusted-login-closed-"));
		process.env.TRUSTED_LOGIN_HOME = join(closed, "home");
		try {
			await assert.rejects(
				startLegacy({ databasePort: 1, apiPort: 1, frontendPort: 1 }),
				// Only root starts the server as another user; anybody else passes through and fails at the port.
				process.getuid?.() === 0
					? new RegExp(`pass through ${closed}, but it is closed to others`)
					: /port 1/,
			);
		} finally {
			process.env.TRUSTED_LOGIN_HOME = home;
			await rm(closed, { recursive: true, force: true });
		}
	});

	it("names who holds a port that it needs, and leaves nothing behind when it stops", async () => {
		const { parts } = legacyStatus();
		await stopLegacy();
		for (const part of Object.values(parts)) {
			assert.ok(part && !isRunning(part));
		}
		const squatter = createServer();
		await new Promise<void>((resolve) =>
			squatter.listen(options.apiPort, "127.0.0.1", resolve),
		);
		try {
			await assert.rejects(startLegacy(options), (error: unknown) => {
				assert.ok(error instanceof PortInUseError);
				assert.match(error.message, new RegExp(`port ${options.apiPort}`));
				assert.match(error.message, /apiPort$/);
				if (process.platform === "linux") {
					assert.match(
						error.holder ?? "",
						new RegExp(`process ${process.pid}`),
					);
				}
				return true;
			});
		} finally {
			await new Promise((resolve) => squatter.close(resolve));
		}
		await stopLegacy({ removeData: true });
		assert.equal(existsSync(join(home, "legacy")), false);
		assert.equal(legacyStatus().host, undefined);
	});
});
