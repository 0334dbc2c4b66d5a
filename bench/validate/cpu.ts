import { readFileSync } from "node:fs";

/** Clock ticks per second of /proc: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Times {
	readonly parent: number;
	/** Of the process itself. */
	readonly own: number;
	/** Of its children that ended. */
	readonly children: number;
}

/** CPU time of a process as /proc has it, in seconds. */
export function timesOf(pid: number | "self"): Times {
	const text = readFileSync(`/proc/${pid}/stat`, "utf8");
	// The name stands in brackets and may hold blanks itself.
	const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
	const field = (nth: number) => Number(fields[nth - 3]);
	return {
		parent: field(4),
		own: (field(14) + field(15)) / ticksPerSecond,
		children: (field(16) + field(17)) / ticksPerSecond,
	};
}

export interface Cpu {
	/** Of the clients: this process and those that it started. */
	readonly client: number;
	/** Of the servers' sessions. */
	readonly server: number;
}

/**
 * CPU seconds that the work costs in this process, in the programs it runs and in the sessions it opens and closes.
 * The server counts a session when it has ended, so the work must end its own.
 */
export async function measureCpu(
	postmaster: number,
	work: () => Promise<unknown>,
): Promise<Cpu> {
	const before = [timesOf("self"), timesOf(postmaster)] as const;
	await work();
	// A session that was told to end is gone a moment later.
	await new Promise((resolve) => setTimeout(resolve, 300));
	const after = [timesOf("self"), timesOf(postmaster)] as const;
	return {
		client:
			after[0].own - before[0].own + (after[0].children - before[0].children),
		server: after[1].children - before[1].children,
	};
}
