import { execFile, spawn } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "../../rehearsal/freePort.ts";

const run = promisify(execFile);

/** A throw-away PostgreSQL server on the loopback; everything of it is gone after `stop`. */
export interface TestServer {
	readonly port: number;
	/** Makes a fresh empty database and answers its URL, as the superuser. */
	createDatabase(name: string): Promise<string>;
	/** The URL of a database for a role. */
	url(database: string, role?: string, password?: string): string;
	/** Runs SQL in a database as the superuser; answers the rows of the last statement. */
	query<T extends pg.QueryResultRow>(
		database: string,
		sql: string,
		values?: readonly unknown[],
	): Promise<T[]>;
	/** Stops the server as a crash would and starts it again on the same port and data. */
	crash(): Promise<void>;
	stop(): Promise<void>;
}

export interface TestServerOptions {
	/** Further settings of the server, for example `{ wal_level: "logical" }`. */
	readonly settings?: Readonly<Record<string, string>>;
	/** Folder in which the server makes its own. Default: the one for temporary files. */
	readonly parent?: string;
	/** A server that this one follows as a streaming standby, instead of having databases of its own. */
	readonly standbyOf?: TestServer;
	/** Folder of the server's programs. Default: PG_BIN, else those of PostgreSQL 15. */
	readonly binaries?: string;
}

/** Starts a server in a folder of its own; the cluster's superuser is `postgres`. */
export async function startPostgres(
	options: TestServerOptions = {},
): Promise<TestServer> {
	const binaries =
		options.binaries ?? process.env.PG_BIN ?? "/usr/lib/postgresql/15/bin";
	const folder = await mkdtemp(
		join(options.parent ?? tmpdir(), "cutover-postgres-"),
	);
	// PostgreSQL refuses to run as root.
	const account = process.getuid?.() === 0 ? await postgresAccount() : {};
	if (account.uid !== undefined && account.gid !== undefined) {
		await chown(folder, account.uid, account.gid);
	}
	const data = join(folder, "data");
	const as = { cwd: folder, ...account };
	if (options.standbyOf === undefined) {
		await run(
			join(binaries, "initdb"),
			[
				...["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
				...["--locale=C.UTF-8", "--no-sync"],
			],
			as,
		);
	} else {
		await run(
			join(binaries, "pg_basebackup"),
			[
				...["-D", data, "-d", options.standbyOf.url("postgres")],
				...["--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
			],
			as,
		);
	}
	const port = await freePort();
	const settings = {
		listen_addresses: "127.0.0.1",
		fsync: "off",
		max_connections: "60",
		autovacuum: "off",
		...options.settings,
	};
	const start = () => {
		const server = spawn(
			join(binaries, "postgres"),
			[
				...["-D", data, "-p", String(port), "-k", folder],
				...Object.entries(settings).flatMap(([name, value]) => [
					"-c",
					`${name}=${value}`,
				]),
			],
			{ cwd: folder, stdio: "ignore", ...account },
		);
		const ended = new Promise<void>((resolve) => {
			server.once("exit", () => resolve());
		});
		return { server, ended };
	};
	let running = start();
	/** Immediate: nothing is written any more. */
	const end = async () => {
		running.server.kill("SIGQUIT");
		await running.ended;
	};
	const url = (database: string, role = "postgres", password = "") =>
		`postgresql://${role}${password === "" ? "" : `:${password}`}@127.0.0.1:${port}/${database}`;
	const query: TestServer["query"] = async (database, sql, values) => {
		const client = new pg.Client(url(database));
		// A server that crashes in the middle fails the query, not the process.
		client.on("error", () => undefined);
		await client.connect();
		try {
			const answer: unknown = await client.query(sql, values && [...values]);
			const results = Array.isArray(answer) ? answer : [answer];
			return results.at(-1)?.rows ?? [];
		} finally {
			await client.end();
		}
	};
	await waitUntilReady(() => query("postgres", "SELECT 1"));
	return {
		port,
		url,
		query,
		async createDatabase(name) {
			await query("postgres", `CREATE DATABASE ${name}`);
			return url(name);
		},
		async crash() {
			await end();
			running = start();
			await waitUntilReady(() => query("postgres", "SELECT 1"));
		},
		async stop() {
			await end();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** The account that the server runs as, where it is not ours. */
export async function postgresAccount(): Promise<{
	uid?: number;
	gid?: number;
}> {
	const [uid, gid] = await Promise.all(
		["-u", "-g"].map(async (flag) =>
			Number((await run("id", [flag, "postgres"])).stdout),
		),
	);
	return { ...(uid && { uid }), ...(gid && { gid }) };
}

async function waitUntilReady(look: () => Promise<unknown>): Promise<void> {
	for (let tries = 0; tries < 100; tries += 1) {
		try {
			await look();
			return;
		} catch {
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}
	throw new Error("the PostgreSQL server did not become ready in 10 s");
}
