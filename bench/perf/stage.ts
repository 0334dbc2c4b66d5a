import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentTalk } from "../../cutover/src/console.ts";
import { applySchema } from "../../cutover/src/schema/apply.ts";
import { bundleBackend } from "../../rehearsal/images/bundle.ts";
import { testAccount } from "../../rehearsal/seed/accounts.ts";
import { startPostgres } from "../../test/integration/postgres.ts";

/** What two copies of the backend share: a database with users and workflows, and a folder. */
export interface Stage {
	readonly folder: string;
	readonly backend: string;
	readonly environment: Readonly<Record<string, string>>;
	/** The database as its superuser, for the queries. */
	readonly database: string;
	stop(): Promise<void>;
}

const name = "trusted_login";

const data = (users: number) => `
	insert into auth.users (id, email, encrypted_password, email_confirmed_at)
		select gen_random_uuid(), 'user' || i || '@example.com', '${testAccount.passwordHash}', now() from generate_series(1, ${users}) i;
	insert into auth.users (id, email, encrypted_password, email_confirmed_at)
		values (gen_random_uuid(), '${testAccount.email}', '${testAccount.passwordHash}', now());
	insert into public.profiles (id, username) select id, split_part(email, '@', 1) from auth.users;
	insert into public.workflows (user_id, name)
		select u.id, 'workflow ' || i from auth.users u, generate_series(1, 2) i;
	insert into public.workflows (user_id, name)
		select u.id, 'workflow ' || i from auth.users u, generate_series(1, 100) i where u.email = '${testAccount.email}';
	insert into public.workflow_steps (workflow_id, position, type, config)
		select w.id, i, 'wait', '{"seconds": 1}' from public.workflows w, generate_series(1, 2) i;
	analyze;`;

/** Starts a PostgreSQL server of its own and fills it. */
export async function startStage(users: number): Promise<Stage> {
	const folder = await mkdtemp(join(tmpdir(), "trusted-login-perf-"));
	const server = await startPostgres();
	const stop = async () => {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	};
	try {
		const target = await server.createDatabase(name);
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
		await server.query(name, data(users));
		const backend = join(folder, "backend");
		await bundleBackend(backend);
		return {
			folder,
			backend,
			database: target,
			environment: {
				RELEASE: "2.0.0",
				DATABASE_URL: databaseUrl,
				JWT_SECRET: "0123456789abcdef0123456789abcdef",
				UPLOADS: join(folder, "uploads"),
			},
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
