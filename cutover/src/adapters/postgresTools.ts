import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { NotAvailableError } from "../errors.ts";
import { withoutTls } from "./postgresTls.ts";
import type { Account } from "./tools.ts";

/** A folder with programs of PostgreSQL. */
export interface Installation {
	readonly directory: string;
	/** `15.20` */
	readonly version: string;
	readonly major: number;
}

export interface WantedTools {
	readonly commands: readonly string[];
	/** Only this folder is looked into. Default: PATH, then where package managers put servers, newest first. */
	readonly folder?: string | undefined;
	/** Which major versions will do, for people ("15 or later") and as a test. */
	readonly major: { readonly text: string; fits(major: number): boolean };
}

const run = promisify(execFile);

/**
 * Finds programs of PostgreSQL.
 *
 * @throws NotAvailableError naming what is missing and where was looked.
 */
export async function findTools(wanted: WantedTools): Promise<Installation> {
	const folders =
		wanted.folder === undefined ? usualFolders() : [wanted.folder];
	const [first = ""] = wanted.commands;
	const seen: string[] = [];
	for (const directory of folders) {
		if (!wanted.commands.every((name) => isExecutable(join(directory, name)))) {
			continue;
		}
		const version = await versionOf(join(directory, first));
		if (version === undefined) continue;
		const major = Number.parseInt(version, 10);
		if (wanted.major.fits(major)) return { directory, version, major };
		seen.push(`${version} in ${directory}`);
	}
	throw new NotAvailableError(
		`${wanted.commands.join(", ")} of PostgreSQL ${wanted.major.text} not found${seen.length > 0 ? ` (found ${[...new Set(seen)].join(", ")})` : ""}; install PostgreSQL's client and server packages, or name their folder with --pg-bin`,
	);
}

/** The connection of a URL as PostgreSQL's own programs take it from the environment, the password with it. */
export function toolEnvironment(
	url: string,
	applicationName: string,
): Record<string, string> {
	const client = new pg.Client({ connectionString: withoutTls(url) });
	const query = new URLSearchParams(url.split("?")[1] ?? "");
	const [mode, authority] = [query.get("sslmode"), query.get("sslrootcert")];
	return {
		PGHOST: client.host,
		PGPORT: String(client.port),
		...(client.user !== undefined && { PGUSER: client.user }),
		...(client.database !== undefined && { PGDATABASE: client.database }),
		// An empty one is none: a password file is then looked into.
		...(client.password && { PGPASSWORD: String(client.password) }),
		...(mode !== null && mode !== "no-verify" && { PGSSLMODE: mode }),
		...(authority !== null && { PGSSLROOTCERT: authority }),
		PGAPPNAME: applicationName,
	};
}

/** Host, port and database of a URL, for people: nothing secret. */
export function addressOf(url: string): string {
	const client = new pg.Client({ connectionString: withoutTls(url) });
	return `${client.host}:${client.port}/${client.database ?? ""}`;
}

/** The account servers run as: the server refuses to run as superuser. Undefined: as ourselves. */
export async function serverAccount(
	name: string,
): Promise<Account | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	try {
		const ask = async (flag: string) =>
			Number((await run("id", [flag, name])).stdout);
		return { uid: await ask("-u"), gid: await ask("-g") };
	} catch (error) {
		throw new NotAvailableError(
			`a server does not run as root, and there is no account "${name}" to run it as; name another one with --run-as`,
			{ cause: error },
		);
	}
}

/** `pg_dump (PostgreSQL) 15.20 (Debian ...)` → `15.20` */
export function parseVersion(text: string): string | undefined {
	return /\(PostgreSQL\) (\d+(?:\.\d+|devel|beta\d+|rc\d+)?)/.exec(text)?.[1];
}

async function versionOf(command: string): Promise<string | undefined> {
	try {
		const { stdout } = await run(command, ["--version"], { timeout: 10_000 });
		return parseVersion(stdout);
	} catch {
		return undefined;
	}
}

function usualFolders(): string[] {
	return [
		...(process.env.PATH ?? "").split(delimiter).filter((one) => one !== ""),
		...versionFolders("/usr/lib/postgresql", ""),
		...versionFolders("/opt/homebrew/opt", "postgresql@"),
		...versionFolders("/usr/local/opt", "postgresql@"),
	];
}

function versionFolders(parent: string, prefix: string): string[] {
	const majorOf = (name: string) => Number(name.replace(prefix, ""));
	try {
		return readdirSync(parent)
			.filter((name) => name.startsWith(prefix) && majorOf(name) > 0)
			.sort((one, other) => majorOf(other) - majorOf(one))
			.map((name) => join(parent, name, "bin"));
	} catch {
		return [];
	}
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
