import { readdirSync, readFileSync } from "node:fs";

/** CPU time and parent of one process, as /proc/<pid>/stat has it; times in clock ticks. */
export interface ProcessStat {
	readonly pid: number;
	readonly parentPid: number;
	/** The process itself, in user and kernel mode. */
	readonly ownTicks: number;
	/** Its children that ended and were waited for, and theirs. */
	readonly endedChildrenTicks: number;
}

/** Clock ticks per second of /proc: 100 on every Linux that Node runs on, whatever the kernel's own rate is. */
export const ticksPerSecond = 100;

/** Reads one line of /proc/<pid>/stat; undefined when it is none. */
export function parseStat(text: string): ProcessStat | undefined {
	// The name stands in brackets and may hold blanks and brackets itself.
	const nameEnd = text.lastIndexOf(")");
	if (nameEnd === -1) return undefined;
	const pid = Number.parseInt(text, 10);
	const fields = text.slice(nameEnd + 2).split(" ");
	const field = (nth: number) => Number(fields[nth - 3]);
	const stat = {
		pid,
		parentPid: field(4),
		ownTicks: field(14) + field(15),
		endedChildrenTicks: field(16) + field(17),
	};
	return Object.values(stat).every(Number.isInteger) ? stat : undefined;
}

/** A value of /proc/<pid>/status that is given in kB, in bytes; 0 when it is not there (a process that just ended). */
export function parseStatusBytes(text: string, name: string): number {
	const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
	return Number(line?.[1] ?? 0) * 1024;
}

/** The processes that descend from one of the roots, the roots included. */
export function descendants(
	all: readonly ProcessStat[],
	roots: ReadonlySet<number>,
): readonly ProcessStat[] {
	const found = all.filter(({ pid }) => roots.has(pid));
	for (const { pid } of found) {
		found.push(...all.filter(({ parentPid }) => parentPid === pid));
	}
	return found;
}

/** Every process of this machine that can be read now. */
export function allStats(): readonly ProcessStat[] {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.flatMap((name) => statOf(Number(name)) ?? []);
}

export function statOf(pid: number | "self"): ProcessStat | undefined {
	const text = readProc(`/proc/${pid}/stat`);
	return text === undefined ? undefined : parseStat(text);
}

export function statusOf(pid: number): string {
	return readProc(`/proc/${pid}/status`) ?? "";
}

function readProc(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		// It ended between being listed and being read.
		return undefined;
	}
}
