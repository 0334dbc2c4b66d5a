import { setTimeout as sleep } from "node:timers/promises";
import { statOf, ticksPerSecond } from "../convert/procfs.ts";

export interface Cpu {
	/** Seconds of the clients: this process and those that it started and that ended. */
	readonly client: number;
	/** Seconds of the server's sessions that ended. */
	readonly server: number;
}

/** How long a session that was told to end may take to be gone. */
const endingMs = 300;

/**
 * CPU time that the work costs in this process, in the programs it runs and in the sessions it opens. The server counts
 * a session when it has ended, so the work must end its own.
 */
export async function measureCpu(
	postmaster: number,
	work: () => Promise<unknown>,
): Promise<Cpu> {
	const before = read(postmaster);
	await work();
	await sleep(endingMs);
	const after = read(postmaster);
	return {
		client: (after.client - before.client) / ticksPerSecond,
		server: (after.server - before.server) / ticksPerSecond,
	};
}

/** Ticks so far. */
function read(postmaster: number): Cpu {
	const [self, server] = [statOf("self"), statOf(postmaster)];
	if (self === undefined || server === undefined) {
		throw new Error(
			"expected /proc to tell the CPU time of this process and of the server; it does so on Linux only",
		);
	}
	return {
		client: self.ownTicks + self.endedChildrenTicks,
		server: server.endedChildrenTicks,
	};
}
