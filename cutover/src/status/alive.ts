import { hostname } from "node:os";

/** Whether a process that says it is at work can be: of another machine that cannot be told from here. */
export function isAlive(one: {
	readonly pid: number;
	readonly host: string;
}): boolean {
	if (one.host !== hostname()) return true;
	try {
		process.kill(one.pid, 0);
		return true;
	} catch (error) {
		// Somebody else's process is one all the same.
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}
