import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { NotAvailableError, RefusedError, reasonOf } from "../errors.ts";
import type { Session } from "./postgres.ts";
import { tlsEnvironment } from "./postgresTls.ts";

export interface SchemaDumpRequest {
	/** An open session of the database; its address and user are used again. */
	readonly session: Session;
	/** The URL that the session was opened with, for its TLS options. */
	readonly url: string;
	/** Snapshot that an open transaction of the session exported. */
	readonly snapshot: string;
	/** For example 150018. */
	readonly serverVersionNumber: number;
	/** Name or path of pg_dump. */
	readonly program: string;
	readonly lockTimeoutSeconds: number;
	readonly signal: AbortSignal;
}

/** More than any schema has. */
const mostBytes = 512 * 1024 * 1024;

/**
 * The definitions of everything in a database as SQL, without rows. Two dumps of the same schema are equal.
 *
 * @throws NotAvailableError when pg_dump is missing or older than the server, RefusedError when it fails.
 */
export async function dumpSchema(request: SchemaDumpRequest): Promise<string> {
	await requireVersion(request);
	try {
		const dump = await run(request, schemaDumpArguments(request));
		return withStableKey(withoutPasswords(dump));
	} catch (error) {
		request.signal.throwIfAborted();
		throw new RefusedError(`pg_dump failed: ${lastWords(error)}`, {
			cause: error,
		});
	}
}

/** No address and no password: those go by environment, where other users of the machine cannot read them. */
export function schemaDumpArguments(
	request: Pick<SchemaDumpRequest, "snapshot" | "lockTimeoutSeconds">,
): readonly string[] {
	return [
		"--schema-only",
		"--no-password",
		`--snapshot=${request.snapshot}`,
		`--lock-wait-timeout=${request.lockTimeoutSeconds * 1000}`,
	];
}

/** `pg_dump (PostgreSQL) 15.18 (Debian ...)` → 15; undefined for anything else. */
export function majorOf(versionLine: string): number | undefined {
	const [, major] = /\(PostgreSQL\) (\d+)/.exec(versionLine) ?? [];
	return major === undefined ? undefined : Number(major);
}

/** Takes the passwords out that a superuser's dump holds: of user mappings, foreign servers and subscriptions. */
export function withoutPasswords(dump: string): string {
	return dump.replace(
		/^CREATE (?:USER MAPPING|SERVER|SUBSCRIPTION) (?:[^';]|'(?:[^']|'')*')*;$/gm,
		(statement) =>
			statement
				.replace(/^(\s+"?\w*password"?) '(?:[^']|'')*'/gim, "$1 '***'")
				.replace(/(password\s*=\s*)(?:''(?:[^'\\]|\\.)*''|[^\s']+)/gi, "$1***")
				.replace(/(:\/\/[^\s:@/']*):[^\s@']*@/g, "$1:***@"),
	);
}

/**
 * Newer pg_dumps frame the script with \restrict and a random key. One made from the script itself keeps equal schemas
 * equal, and cannot be guessed by whoever writes into the schema either.
 */
export function withStableKey(dump: string): string {
	const [, key] = /^\\restrict (\w+)$/m.exec(dump) ?? [];
	if (key === undefined) return dump;
	const lines = new RegExp(`^(\\\\(?:un)?restrict) ${key}$`, "gm");
	const stable = createHash("sha256")
		.update(dump.replace(lines, "$1"))
		.digest("hex");
	return dump.replace(lines, `$1 ${stable}`);
}

async function requireVersion(request: SchemaDumpRequest): Promise<void> {
	const { program, serverVersionNumber } = request;
	let line: string;
	try {
		line = await run(request, ["--version"]);
	} catch (error) {
		request.signal.throwIfAborted();
		throw new NotAvailableError(
			`${program} does not start: ${lastWords(error)}; install the PostgreSQL client programs, or name one with --pg-dump`,
			{ cause: error },
		);
	}
	const wanted = Math.floor(serverVersionNumber / 10_000);
	const major = majorOf(line);
	if (major === undefined || major < wanted) {
		throw new NotAvailableError(
			`${program} is ${line.trim() || "of an unknown version"}; expected version ${wanted} or later, as the server is; install it, or name one with --pg-dump`,
		);
	}
}

async function run(
	{ program, session, url, signal }: SchemaDumpRequest,
	args: readonly string[],
): Promise<string> {
	const { password } = session;
	return await new Promise((resolve, reject) => {
		execFile(
			program,
			[...args],
			{
				signal,
				maxBuffer: mostBytes,
				env: {
					...process.env,
					...tlsEnvironment(url, process.env),
					PGHOST: session.host,
					PGPORT: String(session.port),
					PGUSER: session.user ?? "",
					PGDATABASE: session.database ?? "",
					PGAPPNAME: "cutover inventory",
					...(typeof password === "string" && { PGPASSWORD: password }),
				},
			},
			(error, stdout, stderr) => {
				if (error === null) resolve(stdout);
				else reject(Object.assign(error, { stderr }));
			},
		);
	});
}

/** What the program said last, else why it did not start. */
function lastWords(error: unknown): string {
	const said =
		typeof error === "object" && error !== null && "stderr" in error
			? String(error.stderr).trim()
			: "";
	if (said !== "") return said.split("\n").slice(0, 3).join("; ");
	return reasonOf(error);
}
