import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InterruptedError } from "../errors.ts";
import { connect, endQuietly } from "./postgres.ts";
import { type Account, runTool } from "./tools.ts";

export interface LocalServerPlan {
	/** Folder with the server's programs. */
	readonly directory: string;
	readonly dataDir: string;
	/** Folder of our own, with a short path: for the socket, the access rules and the log. */
	readonly folder: string;
	readonly account: Account | undefined;
	/** Superuser to connect as. */
	readonly user: string;
	/** Further settings of the server. */
	readonly settings: Readonly<Record<string, string>>;
	/** Longest wait until it takes connections; recovery is part of it. */
	readonly readyTimeoutMs: number;
	readonly signal: AbortSignal;
	readonly onLog?: (line: string) => void;
}

/** A server that only this process can reach. */
export interface LocalServer {
	readonly pid: number;
	/** As superuser, through the socket. */
	url(database: string): string;
	/** What it has logged. */
	log(): Promise<string>;
	/** Orderly, so that the data folder is clean afterwards; or at once. */
	stop(how: "orderly" | "at once"): Promise<void>;
}

/** Makes an empty data folder. */
export async function initDatabase(
	plan: Pick<
		LocalServerPlan,
		"directory" | "dataDir" | "account" | "user" | "signal"
	>,
	encoding: string,
): Promise<void> {
	const end = await runTool({
		command: join(plan.directory, "initdb"),
		args: [
			...["-D", plan.dataDir, "-U", plan.user, "-A", "trust"],
			...["-E", encoding, "--locale=C", "--no-sync"],
		],
		// Our own folder may be closed to that account.
		cwd: "/",
		account: plan.account,
		signal: plan.signal,
	});
	if (end.exitCode === 0) return;
	throw new Error(`initdb ended with ${end.how}: ${end.lines.join("; ")}`);
}

/**
 * Starts a server that listens on nothing but a socket in a folder of its own, closed to everybody else: what is restored
 * there for a trial is real data, and no other user of this machine shall see it.
 */
export async function startLocalServer(
	plan: LocalServerPlan,
): Promise<LocalServer> {
	const logFile = join(plan.folder, "server.log");
	const hba = join(plan.folder, "pg_hba.conf");
	await writeFile(hba, "local all all trust\n", { mode: 0o600 });
	await writeFile(join(plan.folder, "pg_ident.conf"), "", { mode: 0o600 });
	await writeFile(logFile, "", { mode: 0o600 });
	for (const name of ["", "pg_hba.conf", "pg_ident.conf", "server.log"]) {
		await giveTo(plan.account, join(plan.folder, name));
	}
	const settings = {
		...plan.settings,
		listen_addresses: "",
		port: "5432",
		unix_socket_directories: plan.folder,
		hba_file: hba,
		ident_file: join(plan.folder, "pg_ident.conf"),
		ssl: "off",
		archive_mode: "off",
		logging_collector: "off",
		log_destination: "stderr",
		shared_preload_libraries: "",
		external_pid_file: "",
	};
	const halt = new AbortController();
	let pid = 0;
	let isOver = false;
	const log: string[] = [];
	const over = runTool({
		command: join(plan.directory, "postgres"),
		args: [
			...["-D", plan.dataDir],
			...Object.entries(settings).flatMap(([name, value]) => [
				"-c",
				`${name}=${value}`,
			]),
		],
		cwd: plan.folder,
		account: plan.account,
		signal: halt.signal,
		// Immediate: nobody needs the data any more.
		stopSignal: "SIGQUIT",
		onStart(started) {
			pid = started;
		},
		onLine(line) {
			log.push(line);
			if (log.length > 500) log.shift();
			plan.onLog?.(line);
		},
	}).then(
		() => undefined,
		() => undefined,
	);
	over.finally(() => {
		isOver = true;
	});
	const url = (database: string) =>
		`postgresql://${encodeURIComponent(plan.user)}@/${encodeURIComponent(database)}?host=${encodeURIComponent(plan.folder)}&port=5432&sslmode=disable`;
	const server: LocalServer = {
		get pid() {
			return pid;
		},
		url,
		log: async () => log.join("\n"),
		async stop(how) {
			if (!isOver && how === "orderly" && pid > 0) process.kill(pid, "SIGINT");
			else halt.abort();
			await over;
		},
	};
	try {
		await waitUntilReady(plan, url("postgres"), () => isOver, log);
		return server;
	} catch (error) {
		await server.stop("at once");
		throw error;
	}
}

/** Hands a file or folder to the account that the server runs as. */
export async function giveTo(
	account: Account | undefined,
	path: string,
): Promise<void> {
	if (account !== undefined) await chown(path, account.uid, account.gid);
}

/** Makes a folder that only the server's account can enter. */
export async function makeServerFolder(
	account: Account | undefined,
	path: string,
): Promise<void> {
	await mkdir(path, { recursive: true, mode: 0o700 });
	await chmod(path, 0o700);
	await giveTo(account, path);
}

async function waitUntilReady(
	plan: LocalServerPlan,
	url: string,
	isOver: () => boolean,
	log: readonly string[],
): Promise<void> {
	const deadline = performance.now() + plan.readyTimeoutMs;
	for (;;) {
		if (plan.signal.aborted) {
			throw plan.signal.reason ?? new InterruptedError("stopped");
		}
		try {
			await endQuietly(
				await connect(url, { what: "local server", connectTimeoutMs: 2_000 }),
			);
			return;
		} catch (error) {
			if (isOver()) {
				throw new Error(
					`the local server ended before it took connections: ${complaints(log)}`,
					{ cause: error },
				);
			}
			if (performance.now() > deadline) {
				throw new Error(
					`the local server took no connections within ${Math.round(plan.readyTimeoutMs / 1000)} s: ${complaints(log)}`,
					{ cause: error },
				);
			}
			await sleep(100);
		}
	}
}

/** The last lines of a log that tell what went wrong. */
export function complaints(log: readonly string[]): string {
	const bad = log.filter((line) => /FATAL|PANIC|ERROR/.test(line));
	return (
		(bad.length > 0 ? bad : log).slice(-3).join("; ") || "it logged nothing"
	);
}

/** The text of a small file, or undefined when there is none. */
export async function textOf(file: string): Promise<string | undefined> {
	return await readFile(file, "utf8").catch(() => undefined);
}
