import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentTalk } from "../../../cutover/src/console.ts";
import { applySchema } from "../../../cutover/src/schema/apply.ts";
import { bundleBackend } from "../../../rehearsal/images/bundle.ts";
import {
	canaryAccounts,
	testAccount,
} from "../../../rehearsal/seed/accounts.ts";
import {
	legacyConstraints,
	legacyTables,
} from "../../../rehearsal/seed/schema.ts";
import { startPostgres, type TestServer } from "../postgres.ts";
import { type AlteringProxy, startAlteringProxy } from "./alteringProxy.ts";
import { type RunningServer, runServer } from "./processes.ts";

/** One version of the application with its database, behind a proxy. */
export interface CheckedSystem {
	readonly database: string;
	/** As the superuser. */
	readonly databaseUrl: string;
	readonly apiUrl: string;
	readonly proxy: AlteringProxy;
	readonly uploads: string;
	/** Tables in which a check might leave something. */
	readonly tables: readonly string[];
}

/** Both versions on one database server. */
export interface CheckedSystems {
	readonly server: TestServer;
	readonly folder: string;
	readonly legacy: CheckedSystem;
	readonly current: CheckedSystem;
	/** The second account; the first is the test account. */
	readonly other: { readonly email: string; readonly password: string };
	/** How many rows each table holds. */
	rows(system: CheckedSystem): Promise<Readonly<Record<string, number>>>;
	stop(): Promise<void>;
}

const other = canaryAccounts[0] ?? testAccount;
const jwtSecret = "0123456789abcdef0123456789abcdef";

/** Starts a database server, the legacy and the current backend, and a proxy in front of each. */
export async function startCheckedSystems(): Promise<CheckedSystems> {
	const folder = await mkdtemp(join(tmpdir(), "trusted-login-checks-"));
	const [server] = await Promise.all([
		startPostgres(),
		bundleBackend(join(folder, "backend")),
	]);
	const servers: RunningServer[] = [];
	const start = async (
		database: string,
		tables: readonly string[],
		environment: Readonly<Record<string, string>>,
	): Promise<CheckedSystem> => {
		const uploads = join(folder, `uploads-${database}`);
		const running = await runServer(join(folder, "backend"), {
			JWT_SECRET: jwtSecret,
			UPLOADS: uploads,
			...environment,
		});
		servers.push(running);
		return {
			database,
			databaseUrl: server.url(database),
			apiUrl: running.apiUrl,
			proxy: await startAlteringProxy(running.apiUrl),
			uploads,
			tables,
		};
	};
	const [legacy, current] = await Promise.all([
		makeLegacy(server).then((url) =>
			start(
				"legacy",
				["legacy_users", "workflows", "workflow_steps", "uploaded_files"],
				{ SCHEMA: "legacy", RELEASE: "legacy", DATABASE_URL: url },
			),
		),
		makeCurrent(server).then((url) =>
			start(
				"current",
				[
					"auth.users",
					"auth.identities",
					"public.profiles",
					"public.workflows",
					"public.workflow_steps",
					"public.files",
				],
				{
					RELEASE: "2.0.0",
					DATABASE_URL: url,
					API_DEPRECATION_DATE: "2026-12-01",
					API_SUNSET_DATE: "2099-06-01",
				},
			),
		),
	]);
	return {
		server,
		folder,
		legacy,
		current,
		other,
		async rows({ database, tables }) {
			const [row] = await server.query<Record<string, number>>(
				database,
				`SELECT ${tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS "${table}"`).join(", ")}`,
			);
			return row ?? {};
		},
		async stop() {
			for (const running of servers) await running.stop();
			await Promise.all([legacy.proxy.stop(), current.proxy.stop()]);
			await server.stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

async function makeLegacy(server: TestServer): Promise<string> {
	const url = await server.createDatabase("legacy");
	await server.query("legacy", `${legacyTables} ${legacyConstraints}`);
	for (const { email, username, passwordHash } of [testAccount, other])
		await server.query(
			"legacy",
			`WITH made AS (INSERT INTO legacy_users (username, email, password_hash, settings) VALUES ($1, $2, $3, '{}') RETURNING id)
			INSERT INTO workflows (user_id, name) SELECT id, 'kept' FROM made`,
			[username, email, passwordHash],
		);
	return url;
}

async function makeCurrent(server: TestServer): Promise<string> {
	const target = await server.createDatabase("current");
	let url = target;
	await applySchema(
		{ target, appRole: "trusted_login_app", appSecretId: "app" },
		{
			read: async () => undefined,
			write: async (_, given) => {
				url = given;
			},
		},
		silentTalk,
	);
	for (const { email, username, passwordHash } of [testAccount, other]) {
		const id = randomUUID();
		await server.query(
			"current",
			"INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at) VALUES ($1, $2, $3, now())",
			[id, email, passwordHash],
		);
		await server.query(
			"current",
			`WITH profile AS (INSERT INTO public.profiles (id, username) VALUES ($1, $2))
			INSERT INTO public.workflows (user_id, name) VALUES ($1, 'kept')`,
			[id, username],
		);
	}
	return url;
}
