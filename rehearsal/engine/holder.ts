import { spawnSync } from "node:child_process";
import { hostname } from "node:os";

/** Who took a lock, as the lock file says. */
export interface Holder {
	pid: number;
	hostname: string;
	/** When the lock was taken; tells a process from a later one that got the same id. */
	since?: Date;
}

export type HolderState = "alive" | "dead" | "elsewhere";

/** What judgeHolder has to know about the machine it runs on. */
export interface Machine {
	hostname: string;
	/** When the process with this id started; undefined when there is none. */
	startedAt(pid: number): Date | undefined;
}

/** `ps` counts in whole seconds. */
const clockSlackMs = 2_000;

/**
 * Pure: whether a lock may be cleared. Only a holder on this machine can be known to be dead; of any other machine nothing is
 * known, and its lock stays.
 */
export function judgeHolder(holder: Holder, machine: Machine): HolderState {
	if (holder.hostname !== machine.hostname) return "elsewhere";
	const startedAt = machine.startedAt(holder.pid);
	if (startedAt === undefined) return "dead";
	const { since } = holder;
	return since !== undefined &&
		startedAt.getTime() > since.getTime() + clockSlackMs
		? "dead"
		: "alive";
}

/** The machine that this process runs on. */
export const thisMachine = (): Machine => ({
	hostname: hostname(),
	startedAt(pid) {
		if (!isAlive(pid)) return undefined;
		const { stdout } = spawnSync("ps", ["-o", "etime=", "-p", String(pid)], {
			encoding: "utf8",
		});
		const seconds = parseElapsed(stdout ?? "");
		// A process that ps does not show is still a process: better a lock too many than one too few.
		return new Date(seconds === undefined ? 0 : Date.now() - seconds * 1000);
	},
});

/** Elapsed time as `ps` prints it, `[[days-]hours:]minutes:seconds`, in seconds. */
export function parseElapsed(text: string): number | undefined {
	const match = /^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)$/.exec(text.trim());
	if (!match) return undefined;
	const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
		.slice(1)
		.map((part) => Number(part ?? 0));
	return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** Whether a process with this id exists, whoever owns it. */
function isAlive(pid: number): boolean {
	if (!Number.isInteger(pid) || pid <= 0) return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}
