import { execFileSync } from "node:child_process";
import {
	appendFileSync,
	existsSync,
	mkdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findPostgresServer } from "../../engine/postgres.ts";
import {
	endProcess,
	identifyProcess,
	isRunning,
	type ProcessIdentity,
} from "../processes.ts";
import { giveToPostgres, runAsPostgres } from "./postgresUser.ts";

/** The superuser that only the laptop cloud uses; RDS has one of this name too. */
export const adminRole = "rdsadmin";

/** Folder with the server's programs, and its version. */
export function requirePostgres(): { directory: string; version: string } {
	const found = findPostgresServer();
	if (found === undefined)
		throw new Error(
			"no PostgreSQL server (15 or newer) on this machine; run npm run setup, or install the package postgresql",
		);
	return found;
}

/** Makes an empty server in `folder`/data. */
export async function initializeServer(
	folder: string,
	adminPassword: string,
): Promise<void> {
	mkdirSync(folder, { recursive: true, mode: 0o711 });
	giveToPostgres(folder);
	const passwordFile = join(folder, "password");
	writeFileSync(passwordFile, adminPassword, { mode: 0o600 });
	giveToPostgres(passwordFile);
	try {
		await runAsPostgres(
			join(requirePostgres().directory, "initdb"),
			[
				`--pgdata=${dataFolder(folder)}`,
				`--username=${adminRole}`,
				`--pwfile=${passwordFile}`,
				"--auth=scram-sha-256",
				"--encoding=UTF8",
				`--locale=${chooseLocale()}`,
				"--no-sync",
			],
			folder,
		);
	} finally {
		rmSync(passwordFile, { force: true });
	}
	appendFileSync(
		join(dataFolder(folder), "postgresql.conf"),
		"include 'laptop.conf'\n",
	);
}

/** Writes the settings that count at the next start or reload. Answers whether they are other ones than before. */
export function writeConfiguration(
	folder: string,
	settings: Readonly<Record<string, string | number>>,
): boolean {
	const file = join(dataFolder(folder), "laptop.conf");
	const text = Object.entries(settings)
		.map(([name, value]) => `${name} = '${`${value}`.replaceAll("'", "''")}'\n`)
		.join("");
	if (existsSync(file) && readFileSync(file, "utf8") === text) return false;
	writeFileSync(file, text, { mode: 0o600 });
	giveToPostgres(file);
	return true;
}

/** Starts the server and waits until it takes connections. */
export async function startServer(
	folder: string,
	lastKnown?: ProcessIdentity,
): Promise<ProcessIdentity> {
	const pidFile = join(dataFolder(folder), "postmaster.pid");
	// A process id in a left-over file may belong to a stranger by now; the server would wait for it forever.
	if (lastKnown !== undefined && !isRunning(lastKnown))
		rmSync(pidFile, { force: true });
	const deadline = Date.now() + 30_000;
	for (;;) {
		try {
			await control(folder, "start", ["-w", "-t", "60", "-l", logFile(folder)]);
			break;
		} catch (error) {
			const tail = logTail(folder);
			const taken = /already running on port (\d+)/.exec(tail)?.[1];
			if (taken !== undefined) throw portInUse(Number(taken));
			// The backends of a killed server need a moment to notice.
			const orphans = tail.includes("shared memory block");
			if (!orphans || Date.now() > deadline)
				throw new Error(`the database server does not start: ${tail}`, {
					cause: error,
				});
			await sleep(300);
		}
	}
	const identity = runningServer(folder);
	if (identity === undefined)
		throw new Error(`the database server ended at once: ${logTail(folder)}`);
	return identity;
}

/** Names the port and the setting that moves the database elsewhere. */
export const portInUse = (port: number): Error =>
	new Error(
		`port ${port} on 127.0.0.1 is in use by another program; set database.port in the stack's settings to a free one`,
	);

/** Ends sessions and stops; hard when that takes longer than half a minute. */
export async function stopServer(
	folder: string,
	identity: ProcessIdentity,
): Promise<void> {
	await endProcess(identity, { signal: "SIGINT", graceMs: 30_000 });
	rmSync(join(dataFolder(folder), "postmaster.pid"), { force: true });
}

export const reloadServer = (folder: string): Promise<void> =>
	control(folder, "reload", []);

/** The server that runs on this folder, by its own note. */
export function runningServer(folder: string): ProcessIdentity | undefined {
	try {
		const note = readFileSync(
			join(dataFolder(folder), "postmaster.pid"),
			"utf8",
		).split("\n");
		return identifyProcess(Number(note[0]));
	} catch {
		return undefined;
	}
}

/** The names of every setting that the server knows, lower-cased. */
export function settingNames(): ReadonlySet<string> {
	const text = execFileSync(
		join(requirePostgres().directory, "postgres"),
		["--describe-config"],
		{ encoding: "utf8", maxBuffer: 10_000_000 },
	);
	return new Set(
		text.split("\n").map((line) => (line.split("\t")[0] ?? "").toLowerCase()),
	);
}

export const dataFolder = (folder: string): string => join(folder, "data");

const logFile = (folder: string): string => join(folder, "server.log");

const control = (
	folder: string,
	verb: string,
	options: readonly string[],
): Promise<void> =>
	runAsPostgres(
		join(requirePostgres().directory, "pg_ctl"),
		[verb, "-D", dataFolder(folder), "-s", ...options],
		folder,
	);

function logTail(folder: string): string {
	try {
		return readFileSync(logFile(folder), "utf8")
			.trim()
			.split("\n")
			.slice(-5)
			.join("\n");
	} catch {
		return "(no log)";
	}
}

/** RDS has en_US.UTF-8; where it is not installed, one whose lower() knows more than ASCII. */
function chooseLocale(): string {
	try {
		const installed = execFileSync("locale", ["-a"], { encoding: "utf8" })
			.split("\n")
			.map((name) => name.trim());
		const wanted = ["en_US.UTF-8", "en_US.utf8", "C.UTF-8", "C.utf8"];
		return wanted.find((name) => installed.includes(name)) ?? "C";
	} catch {
		return "C";
	}
}
