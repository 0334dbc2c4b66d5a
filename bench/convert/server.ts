import { execFile, spawn } from "node:child_process";
import { chown, mkdir, open, rm } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type pg from "pg";
import { withClient } from "../../rehearsal/engine/client.ts";
import { freePort } from "../../rehearsal/freePort.ts";

const execute = promisify(execFile);

/** A throw-away PostgreSQL server on the loopback. */
export interface Server {
	readonly pid: number;
	/** The URL of a database; as the superuser unless a role is named. Nobody needs a password. */
	url(database: string, role?: string): string;
	/** Runs SQL as the superuser; answers the rows of the last statement. Database `postgres` unless another is named. */
	query<T extends pg.QueryResultRow>(
		sql: string,
		database?: string,
	): Promise<T[]>;
	/** Tells the server to end at once; whatever it is doing fails. */
	quit(): void;
	/** Ends the server and removes its folder. */
	stop(): Promise<void>;
}

/** The same for source and target: a server of this machine's size, durable, with room for the write-ahead log. */
export function serverSettings(
	memoryBytes: number = totalmem(),
): Readonly<Record<string, string>> {
	return {
		shared_buffers: `${Math.floor(memoryBytes / 8 / 2 ** 20)}MB`,
		work_mem: "128MB",
		// Sorts keys faster than more would: see sortMemoryBytes in cutover/src/convert/deferred.ts. The peers gain by it as we do.
		maintenance_work_mem: "4MB",
		effective_cache_size: `${Math.floor(memoryBytes / 3 / 2 ** 20)}MB`,
		max_wal_size: "16GB",
		// Five million users write 6.4 GB of it: nobody shall pay for making its files but the first, who does not count.
		min_wal_size: "8GB",
		checkpoint_timeout: "30min",
		wal_buffers: "64MB",
		// Logical replication is one of the contenders, and the way back after a cutover needs it on the target too.
		wal_level: "logical",
		wal_retrieve_retry_interval: "100ms",
		fsync: "on",
		synchronous_commit: "on",
		full_page_writes: "on",
		random_page_cost: "1.1",
		jit: "off",
		// It would start in the middle of one contender or another.
		autovacuum: "off",
	};
}

/** Starts a server in a new folder; its superuser is `postgres`. */
export async function startServer(
	binaries: string,
	folder: string,
	settings: Readonly<Record<string, string>>,
): Promise<Server> {
	const account = await postgresAccount();
	await mkdir(folder);
	if (account !== undefined) await chown(folder, account.uid, account.gid);
	const data = join(folder, "data");
	await execute(
		join(binaries, "initdb"),
		[
			...["-D", data, "-U", "postgres", "-A", "trust"],
			...["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
		],
		{ cwd: folder, ...account },
	);
	const port = await freePort();
	const log = await open(join(folder, "log"), "w");
	const server = spawn(
		join(binaries, "postgres"),
		[
			...["-D", data, "-p", String(port)],
			...Object.entries({
				...settings,
				listen_addresses: "127.0.0.1",
				unix_socket_directories: "",
			}).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
		],
		{
			cwd: folder,
			stdio: ["ignore", log.fd, log.fd],
			detached: true,
			...account,
		},
	);
	const ended = new Promise<void>((resolve) => {
		server.once("exit", () => resolve());
	});
	await log.close();
	const url = (database: string, role = "postgres") =>
		`postgresql://${role}@127.0.0.1:${port}/${database}`;
	const query: Server["query"] = async (sql, database = "postgres") =>
		await withClient(url(database), async (client) => {
			const answer: unknown = await client.query(sql);
			const results = Array.isArray(answer) ? answer : [answer];
			return results.at(-1)?.rows ?? [];
		});
	// Immediate: nobody needs the data any more.
	const quit = () => {
		server.kill("SIGQUIT");
	};
	const stop = async () => {
		quit();
		await ended;
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await waitUntilReady(() => query("SELECT 1"), join(folder, "log"));
	} catch (error) {
		await stop();
		throw error;
	}
	return { pid: server.pid ?? 0, url, query, quit, stop };
}

/** PostgreSQL refuses to run as root. */
async function postgresAccount() {
	if (process.getuid?.() !== 0) return undefined;
	const [uid = 0, gid = 0] = await Promise.all(
		["-u", "-g"].map(async (flag) =>
			Number((await execute("id", [flag, "postgres"])).stdout),
		),
	);
	return { uid, gid };
}

async function waitUntilReady(
	look: () => Promise<unknown>,
	log: string,
): Promise<void> {
	let last: unknown;
	for (let tries = 0; tries < 200; tries += 1) {
		try {
			await look();
			return;
		} catch (error) {
			last = error;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}
	throw new Error(
		`the PostgreSQL server did not become ready in 20 s; see ${log}`,
		{ cause: last },
	);
}
