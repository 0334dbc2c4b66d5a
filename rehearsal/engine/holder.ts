import { hostname } from "node:os";

/** Who took a lock, as the lock file says. */
export interface Holder {
	pid: number;
	hostname: string;
}

export type HolderState = "alive" | "dead" | "elsewhere";

/**
 * Pure: whether a lock may be cleared. Only a holder on this machine can be known to be dead; of any other machine nothing is
 * known, and its lock stays.
 */
export function judgeHolder(
	holder: Holder,
	here: { hostname: string; isAlive: (pid: number) => boolean },
): HolderState {
	if (holder.hostname !== here.hostname) return "elsewhere";
	return here.isAlive(holder.pid) ? "alive" : "dead";
}

/** The machine that this process runs on, for judgeHolder. */
export const here = (): Parameters<typeof judgeHolder>[1] => ({
	hostname: hostname(),
	isAlive,
});

/** Whether a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
	if (!Number.isInteger(pid) || pid <= 0) return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}
