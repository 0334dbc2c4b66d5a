import { execFile, execFileSync } from "node:child_process";
import {
	chownSync,
	existsSync,
	mkdirSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { ProcessIdentity } from "../cloud/processes.ts";
import { withClient } from "../engine/client.ts";
import { ensurePostgres } from "../engine/installPostgres.ts";
import { startProgram } from "./programs.ts";
import type { LegacySecrets } from "./state.ts";

const run = promisify(execFile);

export const databaseName = "trusted_login";

export interface LegacyServer {
	/** Folder of the legacy host. */
	readonly folder: string;
	readonly port: number;
	readonly secrets: LegacySecrets;
	readonly onProgress: (message: string) => void;
}

/** `postgresql://` URL of a role of the legacy server. */
export function urlFor(
	role: "postgres" | "legacy_app" | "cutover",
	{ port, secrets }: Pick<LegacyServer, "port" | "secrets">,
	database: string = databaseName,
): string {
	const password = {
		postgres: secrets.adminPassword,
		legacy_app: secrets.applicationPassword,
		cutover: secrets.cutoverPassword,
	}[role];
	return `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`;
}

/** Makes the server's data folder when missing, starts it, and sees to it that database and roles exist. */
export async function startDatabase(
	server: LegacyServer,
): Promise<ProcessIdentity> {
	const { directory } = await ensurePostgres(server.onProgress);
	const data = join(server.folder, "pg");
	const user = serverUser();
	if (user) requirePassage(server.folder);
	if (!existsSync(join(data, "PG_VERSION"))) {
		server.onProgress("making the legacy database server");
		await initialize(directory, data, server, user);
	}
	const adminUrl = urlFor("postgres", server, "postgres");
	const identity = await startProgram({
		name: "database",
		command: join(directory, "postgres"),
		args: ["-D", data, ...settingsFor(server.port)],
		environment: { PATH: process.env.PATH ?? "", LC_ALL: "C.UTF-8" },
		folder: data,
		logFile: join(server.folder, "database.log"),
		user,
		ready: () => answers(adminUrl),
		readyWithinMs: 30_000,
	});
	await makeRoles(server, adminUrl);
	return identity;
}

function settingsFor(port: number): string[] {
	return Object.entries({
		port,
		listen_addresses: "127.0.0.1",
		// The path of a socket has a length limit that a home folder may exceed.
		unix_socket_directories: "",
		wal_level: "logical",
		max_wal_senders: 10,
		max_replication_slots: 10,
		max_connections: 60,
		shared_buffers: "64MB",
		max_wal_size: "512MB",
		log_min_messages: "warning",
	}).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Who the server runs as: it refuses root, so there the user `postgres`. */
function serverUser(): { uid: number; gid: number } | undefined {
	if (process.getuid?.() !== 0) return undefined;
	const idOf = (flag: string): number =>
		Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
	return { uid: idOf("-u"), gid: idOf("-g") };
}

/** Throws when a folder on the way is closed to other users: the server's own user could not reach its data. */
function requirePassage(folder: string): void {
	for (let path = folder; path !== dirname(path); path = dirname(path)) {
		if ((statSync(path).mode & 0o001) !== 0) continue;
		throw new Error(
			`expected that the user postgres can pass through ${path}, but it is closed to others; choose a TRUSTED_LOGIN_HOME elsewhere, or open it with chmod o+x`,
		);
	}
}

async function initialize(
	directory: string,
	data: string,
	{ secrets }: LegacyServer,
	user: { uid: number; gid: number } | undefined,
): Promise<void> {
	// What an interrupted start left behind is no database yet.
	rmSync(data, { recursive: true, force: true });
	mkdirSync(data, { mode: 0o700 });
	const passwordFile = `${data}.password`;
	writeFileSync(passwordFile, secrets.adminPassword, { mode: 0o600 });
	if (user) {
		for (const path of [data, passwordFile]) {
			chownSync(path, user.uid, user.gid);
		}
	}
	try {
		await run(
			join(directory, "initdb"),
			[
				"-D",
				data,
				"-U",
				"postgres",
				"--auth=scram-sha-256",
				`--pwfile=${passwordFile}`,
				"--encoding=UTF8",
				"--locale=C.UTF-8",
				"--no-sync",
			],
			{ cwd: data, ...user },
		);
	} catch (error) {
		rmSync(data, { recursive: true, force: true });
		throw error;
	} finally {
		rmSync(passwordFile, { force: true });
	}
}

async function answers(url: string): Promise<boolean> {
	return withClient(url, async () => true).catch(() => false);
}

async function makeRoles(
	server: LegacyServer,
	adminUrl: string,
): Promise<void> {
	const { applicationPassword, cutoverPassword } = server.secrets;
	await withClient(adminUrl, async (admin) => {
		const known = await admin.query<{ name: string }>(
			"select rolname as name from pg_roles union select datname from pg_database",
		);
		const has = (name: string): boolean =>
			known.rows.some((row) => row.name === name);
		if (!has("legacy_app")) {
			await admin.query(
				`create role legacy_app login password '${applicationPassword}'`,
			);
		}
		if (!has("cutover")) {
			await admin.query(
				`create role cutover login createrole password '${cutoverPassword}';
				grant pg_read_all_data, pg_signal_backend to cutover`,
			);
			const { rows } = await admin.query<{ number: number }>(
				"select current_setting('server_version_num')::int as number",
			);
			// From 16 on, CREATEROLE alone may not change the settings of a role that another made.
			if ((rows[0]?.number ?? 0) >= 160_000) {
				await admin.query(
					"grant legacy_app to cutover with admin true, inherit false, set false",
				);
			}
		}
		if (!has(databaseName)) {
			await admin.query(`create database ${databaseName} owner legacy_app`);
		}
	});
}
