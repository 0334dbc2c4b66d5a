import type { Clients } from "./clients.ts";
import {
	allStats,
	descendants,
	parseStatusBytes,
	statOf,
	statusOf,
	ticksPerSecond,
} from "./procfs.ts";
import type { Server } from "./server.ts";

/** What a piece of work took; CPU time in seconds, split by who spent it. */
export interface Usage {
	readonly seconds: number;
	readonly sourceCpuSeconds: number;
	readonly targetCpuSeconds: number;
	/** All processes that are neither of the two servers; those that ended included. */
	readonly clientCpuSeconds: number;
	/** Highest resident memory of the client processes together. */
	readonly clientPeakBytes: number;
	/** Write-ahead log that the target wrote. */
	readonly walBytes: number;
}

const peakIntervalMs = 200;

/** Does the work and says what it took, on both servers and in the clients. */
export async function measure(
	source: Server,
	target: Server,
	clients: Clients,
	work: () => Promise<void>,
): Promise<Usage> {
	const peak = watchPeak(clients);
	try {
		const before = {
			wal: await walPosition(target),
			source: serverCpuSeconds(source.pid),
			target: serverCpuSeconds(target.pid),
			client: endedChildrenSeconds(),
			at: performance.now(),
		};
		await work();
		const seconds = (performance.now() - before.at) / 1000;
		return {
			seconds,
			sourceCpuSeconds: serverCpuSeconds(source.pid) - before.source,
			targetCpuSeconds: serverCpuSeconds(target.pid) - before.target,
			clientCpuSeconds: endedChildrenSeconds() - before.client,
			clientPeakBytes: peak.bytes(),
			walBytes: (await walPosition(target)) - before.wal,
		};
	} finally {
		peak.stop();
	}
}

/**
 * CPU time of a PostgreSQL server since it started: the postmaster, the backends that ended (it waits for each, so the
 * kernel adds them up), and those alive.
 */
export function serverCpuSeconds(postmaster: number): number {
	for (;;) {
		const before = statOf(postmaster);
		const alive = allStats().filter(
			({ parentPid }) => parentPid === postmaster,
		);
		const after = statOf(postmaster);
		if (before === undefined || after === undefined) {
			throw new Error(`server process ${postmaster} is gone; see its log`);
		}
		// A backend that ended in between would be counted twice, or not at all.
		if (before.endedChildrenTicks !== after.endedChildrenTicks) continue;
		const ticks = alive.reduce(
			(sum, one) => sum + one.ownTicks + one.endedChildrenTicks,
			after.ownTicks + after.endedChildrenTicks,
		);
		return ticks / ticksPerSecond;
	}
}

/** CPU time of all programs that this process started and that ended, with what they started and waited for. */
function endedChildrenSeconds(): number {
	return (statOf("self")?.endedChildrenTicks ?? 0) / ticksPerSecond;
}

async function walPosition(server: Server): Promise<number> {
	const [row] = await server.query<{ bytes: string }>(
		"SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes",
	);
	return Number(row?.bytes);
}

/** Looks at the clients' memory now and then; the kernel's own high-water mark catches what falls in between. */
function watchPeak(clients: Clients) {
	let peak = 0;
	const look = () => {
		if (clients.pids.size === 0) return;
		const statuses = descendants(allStats(), clients.pids).map(({ pid }) =>
			statusOf(pid),
		);
		const together = statuses.reduce(
			(sum, status) => sum + parseStatusBytes(status, "VmRSS"),
			0,
		);
		const single = statuses.map((status) => parseStatusBytes(status, "VmHWM"));
		peak = Math.max(peak, together, ...single);
	};
	const timer = setInterval(look, peakIntervalMs);
	return {
		bytes: () => peak,
		stop: () => clearInterval(timer),
	};
}
