import { execFileSync, spawn } from "node:child_process";
import { chownSync } from "node:fs";

/** The account that a database server runs under: PostgreSQL refuses to run as root. */
export interface PostgresUser {
	readonly uid: number;
	readonly gid: number;
}

/** Undefined when this process is not root: then the server runs as ourselves. */
export function postgresUser(): PostgresUser | undefined {
	if (process.getuid?.() !== 0) return undefined;
	try {
		const id = (flag: string) =>
			Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
		return { uid: id("-u"), gid: id("-g") };
	} catch {
		throw new Error(
			"PostgreSQL does not run as root, and there is no user postgres to run it as; install the postgresql package, or start as an ordinary user",
		);
	}
}

/** Gives a file or folder to the server's account. */
export function giveToPostgres(path: string): void {
	const user = postgresUser();
	if (user !== undefined) chownSync(path, user.uid, user.gid);
}

/**
 * Runs a PostgreSQL program under the server's account.
 * @throws when it fails; the message ends with its last lines.
 */
export async function runAsPostgres(
	program: string,
	args: readonly string[],
	cwd: string,
): Promise<void> {
	const child = spawn(program, args, {
		cwd,
		...postgresUser(),
		// Of the environment only the path: a PGPORT or PGDATA of the person at the keyboard means another server.
		env: { PATH: process.env.PATH, LC_MESSAGES: "C" },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let text = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (chunk) => {
			text = `${text}${chunk}`.slice(-4000);
		});
	// "exit", not "close": the server that pg_ctl starts keeps the pipe open.
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once("error", reject);
		child.once("exit", (exitCode) => setImmediate(resolve, exitCode));
	});
	child.stdout.destroy();
	child.stderr.destroy();
	if (code !== 0)
		throw new Error(
			`${program} ${args[0] ?? ""} failed (${code}): ${text.trim().split("\n").slice(-8).join("\n")}`,
		);
}
