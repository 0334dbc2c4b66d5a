import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentTalk } from "../../../cutover/src/console.ts";
import { applySchema } from "../../../cutover/src/schema/apply.ts";
import { freePort } from "../../../rehearsal/freePort.ts";
import {
	bundleBackend,
	bundleFrontend,
} from "../../../rehearsal/images/bundle.ts";
import { startLegacy, stopLegacy } from "../../../rehearsal/legacy/host.ts";
import { testAccount } from "../../../rehearsal/seed/accounts.ts";
import { startPostgres } from "../postgres.ts";
import { type RunningServer, runServer } from "./processes.ts";

/** A running release with its frontend. */
export interface Release {
	readonly baseUrl: string;
	readonly apiUrl: string;
	/** As a role that may delete accounts. */
	readonly databaseUrl: string;
	/** Rows of a query there. */
	query(sql: string): Promise<readonly Record<string, unknown>[]>;
	stop(): Promise<void>;
}

/** The legacy system with a hundred users, in a home of its own. */
export async function startLegacyRelease(): Promise<Release> {
	const homeBefore = process.env.TRUSTED_LOGIN_HOME;
	const home = await mkdtemp(join(tmpdir(), "trusted-login-uat-"));
	process.env.TRUSTED_LOGIN_HOME = home;
	const stop = async () => {
		await stopLegacy({ removeData: true });
		await rm(home, { recursive: true, force: true });
		if (homeBefore === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = homeBefore;
	};
	try {
		const host = await startLegacy({
			users: 100,
			databasePort: await freePort(),
			apiPort: await freePort(),
			frontendPort: await freePort(),
		});
		const { withClient } = await import("../../../rehearsal/engine/client.ts");
		return {
			baseUrl: host.frontendUrl,
			apiUrl: `${host.apiUrl}/api/v1`,
			databaseUrl: host.applicationDatabaseUrl,
			query: (sql) =>
				withClient(
					host.adminDatabaseUrl,
					async (client) => (await client.query(sql)).rows,
				),
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

/** The current release with the test account, on a PostgreSQL server of its own. */
export async function startCurrentRelease(): Promise<Release> {
	const folder = await mkdtemp(join(tmpdir(), "trusted-login-uat-"));
	const server = await startPostgres();
	const servers: RunningServer[] = [];
	const stop = async () => {
		for (const running of servers) await running.stop();
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	};
	try {
		const target = await server.createDatabase("trusted_login");
		let databaseUrl = "";
		await applySchema(
			{ target, appRole: "trusted_login_app", appSecretId: "app" },
			{
				read: async () => undefined,
				write: async (_, url) => {
					databaseUrl = url;
				},
			},
			silentTalk,
		);
		const id = randomUUID();
		const query = (sql: string, values: readonly unknown[] = []) =>
			server.query("trusted_login", sql, values);
		await query(
			"insert into auth.users (id, email, encrypted_password, email_confirmed_at) values ($1, $2, $3, now())",
			[id, testAccount.email, testAccount.passwordHash],
		);
		await query("insert into public.profiles (id, username) values ($1, $2)", [
			id,
			testAccount.username,
		]);
		await Promise.all([
			bundleBackend(join(folder, "backend")),
			bundleFrontend(join(folder, "frontend")),
		]);
		const frontendPort = await freePort();
		const backend = await runServer(join(folder, "backend"), {
			RELEASE: "2.0.0",
			DATABASE_URL: databaseUrl,
			JWT_SECRET: "0123456789abcdef0123456789abcdef",
			UPLOADS: join(folder, "uploads"),
			ALLOWED_ORIGIN: `http://127.0.0.1:${frontendPort}`,
		});
		servers.push(backend);
		const frontend = await runServer(join(folder, "frontend"), {
			RELEASE: "2.0.0",
			REACT_APP_API_URL: backend.apiUrl,
			PORT: String(frontendPort),
		});
		servers.push(frontend);
		return {
			baseUrl: frontend.apiUrl,
			apiUrl: `${backend.apiUrl}/api/v2`,
			databaseUrl: target,
			query,
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
