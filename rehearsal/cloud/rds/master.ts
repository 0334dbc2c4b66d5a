import { adminRole } from "./server.ts";

export interface MasterRequest {
	readonly port: number;
	readonly adminPassword: string;
	readonly username: string;
	readonly password: string;
	readonly dbName: string | undefined;
}

/** Makes the roles and the database that a fresh RDS instance has. The master is no superuser, as there. */
export async function createMaster(request: MasterRequest): Promise<void> {
	const { username, password, dbName } = request;
	await withAdmin(request, async (query, quote) => {
		await query("CREATE ROLE rds_superuser NOLOGIN");
		await query("CREATE ROLE rds_replication NOLOGIN");
		for (const role of [
			"pg_monitor",
			"pg_signal_backend",
			"pg_read_all_data",
			"pg_checkpoint",
			"rds_replication",
		])
			await query(`GRANT ${role} TO rds_superuser WITH ADMIN OPTION`);
		await query(
			`CREATE ROLE ${quote.name(username)} LOGIN CREATEROLE CREATEDB REPLICATION IN ROLE rds_superuser PASSWORD ${quote.text(password)}`,
		);
		// Grants that RDS's own extension makes at every login of a superuser of its kind.
		await query(
			`GRANT rds_superuser TO ${quote.name(username)} WITH ADMIN OPTION`,
		);
		if (dbName !== undefined)
			await query(
				`CREATE DATABASE ${quote.name(dbName)} OWNER ${quote.name(username)}`,
			);
		await query(`ALTER DATABASE postgres OWNER TO ${quote.name(username)}`);
	});
}

export async function changeMasterPassword(
	request: Omit<MasterRequest, "dbName">,
): Promise<void> {
	await withAdmin(request, (query, quote) =>
		query(
			`ALTER ROLE ${quote.name(request.username)} PASSWORD ${quote.text(request.password)}`,
		),
	);
}

interface Quote {
	name(identifier: string): string;
	text(value: string): string;
}

async function withAdmin(
	{ port, adminPassword }: { port: number; adminPassword: string },
	work: (query: (sql: string) => Promise<void>, quote: Quote) => Promise<void>,
): Promise<void> {
	// Loaded only here: the provider reads this folder's rules and never connects.
	const [{ default: pg }, { withClient }] = await Promise.all([
		import("pg"),
		import("../../engine/client.ts"),
	]);
	const admin = {
		host: "127.0.0.1",
		port,
		user: adminRole,
		password: adminPassword,
		database: "postgres",
	};
	await withClient(admin, (client) =>
		work(
			async (sql) => {
				await client.query(sql);
			},
			{ name: pg.escapeIdentifier, text: pg.escapeLiteral },
		),
	);
}
