import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Holder, judgeHolder, thisMachine } from "./holder.ts";

const pollMs = 500;

/** Runs `work` while no other process of this user does; says whom it waits for. A dead holder's lock is taken over. */
export async function withFileLock<T>(
	file: string,
	onProgress: (line: string) => void,
	work: () => Promise<T>,
): Promise<T> {
	await acquire(file, onProgress);
	try {
		return await work();
	} finally {
		rmSync(file, { force: true });
	}
}

async function acquire(
	file: string,
	onProgress: (line: string) => void,
): Promise<void> {
	for (let round = 0; ; round++) {
		if (tryAcquire(file)) return;
		const holder = readHolder(file);
		if (holder === undefined ? isOld(file) : isDead(holder)) {
			rmSync(file, { force: true });
			continue;
		}
		if (round % 20 === 0)
			onProgress(
				`waiting for process ${holder?.pid ?? "?"} on ${holder?.hostname ?? "?"}, which holds ${file}`,
			);
		await sleep(pollMs);
	}
}

function tryAcquire(file: string): boolean {
	const holder: Holder = { pid: process.pid, hostname: hostname() };
	try {
		writeFileSync(file, JSON.stringify(holder), { flag: "wx" });
		return true;
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "EEXIST")
			return false;
		throw error;
	}
}

const isDead = (holder: Holder): boolean =>
	judgeHolder(holder, thisMachine()) === "dead";

/** A lock without a readable holder is either being written at this moment or was cut short long ago. */
function isOld(file: string): boolean {
	const stats = statSync(file, { throwIfNoEntry: false });
	return stats !== undefined && Date.now() - stats.mtimeMs > 10_000;
}

function readHolder(file: string): Holder | undefined {
	try {
		const { pid, hostname }: Partial<Holder> = JSON.parse(
			readFileSync(file, "utf8"),
		);
		return pid !== undefined && hostname !== undefined
			? { pid, hostname }
			: undefined;
	} catch {
		return undefined;
	}
}
