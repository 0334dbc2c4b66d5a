import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process that cannot be mistaken: process ids are given again, start times are not. */
export interface ProcessIdentity {
	readonly pid: number;
	readonly startedAt: string;
}

/** The identity of a running process, or undefined when there is none (a zombie counts as none). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
	const startedAt =
		process.platform === "linux" ? linuxStart(pid) : portableStart(pid);
	return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isRunning(identity: ProcessIdentity): boolean {
	return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** Sends a signal, but only to the very process meant. Answers false when it is gone. */
export function signalProcess(
	identity: ProcessIdentity,
	signal: NodeJS.Signals,
): boolean {
	if (!isRunning(identity)) return false;
	try {
		process.kill(identity.pid, signal);
		return true;
	} catch {
		return false;
	}
}

/** Asks a process to end, and ends it hard after the grace. Resolves when it is gone. */
export async function endProcess(
	identity: ProcessIdentity,
	{
		signal = "SIGTERM",
		graceMs = 5000,
	}: { signal?: NodeJS.Signals; graceMs?: number } = {},
): Promise<void> {
	if (!signalProcess(identity, signal)) return;
	if (await waitForEnd(identity, graceMs)) return;
	signalProcess(identity, "SIGKILL");
	await waitForEnd(identity, 5000);
}

/** True when the process ended within the time. */
export async function waitForEnd(
	identity: ProcessIdentity,
	milliseconds: number,
): Promise<boolean> {
	const deadline = Date.now() + milliseconds;
	while (isRunning(identity)) {
		if (Date.now() > deadline) return false;
		await sleep(20);
	}
	return true;
}

/** Field 22 of /proc/PID/stat (ticks since boot), with the boot's id because ticks repeat after a reboot. */
function linuxStart(pid: number): string | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		if (fields[0] === "Z" || fields[0] === "X") return undefined;
		return `${bootId()}:${fields[19]}`;
	} catch {
		return undefined;
	}
}

let boot: string | undefined;
function bootId(): string {
	boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
	return boot;
}

function portableStart(pid: number): string | undefined {
	try {
		const text = execFileSync("ps", ["-o", "stat=,lstart=", "-p", `${pid}`], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
		}).trim();
		const [state, ...start] = text.split(/\s+/);
		return state?.startsWith("Z") ? undefined : start.join(" ") || undefined;
	} catch {
		return undefined;
	}
}
