import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { userUuid } from "../../cutover/src/conversion/identity.ts";
import { freePort } from "../../rehearsal/freePort.ts";
import { bundleBackend } from "../../rehearsal/images/bundle.ts";
import {
	type LegacyHost,
	startLegacy,
	stopLegacy,
} from "../../rehearsal/legacy/host.ts";
import { knownAccounts, testAccount } from "../../rehearsal/seed/accounts.ts";
import { expectedCounts } from "../../rehearsal/seed/counts.ts";
import { legacyUser } from "../../rehearsal/seed/users.ts";
import { call, tokenOf } from "./app/behaviour.ts";
import { runServer } from "./app/processes.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

const users = 6000;
const database = "trusted_login";
const cutover = resolve(import.meta.dirname, "../../cutover/bin/cutover.mjs");

describe("the seeded legacy system, converted", function () {
	this.timeout(120_000);
	const homeBefore = process.env.TRUSTED_LOGIN_HOME;
	let folder: string;
	let legacy: LegacyHost;
	let target: TestServer;

	const run = (...args: string[]) =>
		promisify(execFile)(process.execPath, [cutover, ...args], {
			env: {
				PATH: process.env.PATH ?? "",
				SOURCE_DATABASE_URL: legacy.databaseUrl,
				TARGET_DATABASE_URL: target.url(database),
				FILES_SOURCE: legacy.uploadsDirectory,
				FILES_TARGET: join(folder, "uploads"),
				APP_SECRET_ID: `file:${join(folder, "app-url")}`,
			},
		});
	const count = async (from: string): Promise<number> => {
		const [row] = await target.query<{ n: number }>(
			database,
			`select count(*)::int as n from ${from}`,
		);
		return row?.n ?? -1;
	};

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "trusted-login-conversion-"));
		// The database's own user has to pass through.
		await chmod(folder, 0o711);
		process.env.TRUSTED_LOGIN_HOME = join(folder, "home");
		target = await startPostgres();
		legacy = await startLegacy({
			users,
			databasePort: await freePort(),
			apiPort: await freePort(),
			frontendPort: await freePort(),
		});
		await target.createDatabase(database);
		await run("schema", "apply", "--app-role", "trusted_login_app");
		await run("convert");
	});
	after(async () => {
		await stopLegacy({ removeData: true });
		await target?.stop();
		await rm(folder, { recursive: true, force: true });
		if (homeBefore === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = homeBefore;
	});

	it("arrives at the counts that the generator knows", async () => {
		const expected = expectedCounts(users, legacy.seed);
		for (const [table, source, counts] of [
			["auth.users", "legacy_users", expected.users],
			["public.workflows", "workflows", expected.workflows],
			["public.workflow_steps", "workflow_steps", expected.steps],
			["public.files", "uploaded_files", expected.files],
		] as const) {
			assert.deepEqual(
				{
					source: counts.source,
					migrated: await count(table),
					quarantined: await count(
						`cutover.quarantine where source_table = '${source}'`,
					),
				},
				{
					source: counts.source,
					migrated: counts.migrated,
					quarantined: counts.quarantined,
				},
				table,
			);
		}
		assert.equal(
			await count("cutover.repaired where source_table = 'legacy_users'"),
			expected.users.repaired,
		);
		assert.equal(await count("public.files where sha256 is null"), 0);
	});

	it("keeps every user's own name, address and hash", async () => {
		for (const id of [1, 2, 25, 90, 400, 4567]) {
			const user = legacyUser(legacy.seed, id);
			const [row] = await target.query(
				database,
				"select u.email, u.encrypted_password, p.username from auth.users u join public.profiles p using (id) where id = $1",
				[userUuid(id)],
			);
			assert.deepEqual(row, {
				email: user.email?.trim().toLowerCase(),
				encrypted_password: user.passwordHash,
				username: user.username,
			});
		}
	});

	it("lets legacy users go on in the current version: password, session, workflows and files", async () => {
		await bundleBackend(join(folder, "backend"));
		const { apiUrl, stop } = await runServer(join(folder, "backend"), {
			RELEASE: "1.0.0",
			DATABASE_URL: (await readFile(join(folder, "app-url"), "utf8")).trim(),
			JWT_SECRET: legacy.jwtSecret,
			UPLOADS: join(folder, "uploads"),
		});
		try {
			for (const account of knownAccounts.slice(0, 6)) {
				await tokenOf(apiUrl, account);
			}
			const session = await tokenOf(legacy.apiUrl, testAccount);
			for (const path of ["/api/v1/workflows", "/api/v1/profile"]) {
				const before = await call(legacy.apiUrl, "GET", path, {
					token: session,
				});
				const after = await call(apiUrl, "GET", path, { token: session });
				assert.deepEqual(after.body, before.body);
			}
			const headers = { Authorization: `Bearer ${session}` };
			const [before, after] = await Promise.all(
				[legacy.apiUrl, apiUrl].map((base) =>
					fetch(`${base}/api/v1/files/1`, { headers }),
				),
			);
			assert.equal(after?.status, 200);
			assert.equal(await after?.text(), await before?.text());
		} finally {
			await stop();
		}
	});
});
