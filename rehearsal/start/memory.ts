import { readdirSync, readFileSync } from "node:fs";

/**
 * Memory resident in all processes of the laptop, in bytes, shared pages counted once (proportional set size), or
 * undefined where the system cannot tell (/proc is Linux's). A process belongs to the laptop when it or one of its
 * ancestors carries `TRUSTED_LOGIN_HOME=<home>` in its environment, or is one of `roots`.
 */
export function residentBytes(
	home: string,
	roots: readonly number[],
): number | undefined {
	const processes = listProcesses();
	if (processes === undefined) return undefined;
	const mine = new Set(roots);
	const marker = `TRUSTED_LOGIN_HOME=${home}`;
	for (const { pid } of processes)
		if (environmentOf(pid).includes(marker)) mine.add(pid);
	for (let grown = true; grown; ) {
		grown = false;
		for (const { pid, parent } of processes) {
			if (mine.has(parent) && !mine.has(pid)) {
				mine.add(pid);
				grown = true;
			}
		}
	}
	return processes.reduce(
		(sum, { pid }) => sum + (mine.has(pid) ? proportionalSetSize(pid) : 0),
		0,
	);
}

/** Looks every second until `stop`; `peak` is the most that was seen so far. */
export function watchMemory(home: string): {
	peak(): number | undefined;
	stop(): void;
} {
	let most: number | undefined;
	const timer = setInterval(() => {
		const now = residentBytes(home, [process.pid]);
		if (now !== undefined) most = Math.max(most ?? 0, now);
	}, 1000);
	timer.unref();
	return { peak: () => most, stop: () => clearInterval(timer) };
}

function listProcesses():
	| readonly { pid: number; parent: number }[]
	| undefined {
	try {
		return readdirSync("/proc")
			.filter((name) => /^\d+$/.test(name))
			.flatMap((name) => {
				const stat = readOrEmpty(`/proc/${name}/stat`);
				const parent = Number(
					stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1],
				);
				return Number.isInteger(parent) ? [{ pid: Number(name), parent }] : [];
			});
	} catch {
		return undefined;
	}
}

function environmentOf(pid: number): readonly string[] {
	return readOrEmpty(`/proc/${pid}/environ`).split("\0");
}

function proportionalSetSize(pid: number): number {
	const kilobytes = /^Pss:\s+(\d+) kB/m.exec(
		readOrEmpty(`/proc/${pid}/smaps_rollup`),
	)?.[1];
	return Number(kilobytes ?? 0) * 1024;
}

// Processes come and go while we look, and others' are closed to us: both count as nothing.
function readOrEmpty(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}
