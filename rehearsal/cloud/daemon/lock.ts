import {
	linkSync,
	readFileSync,
	rmSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
	identifyProcess,
	isRunning,
	type ProcessIdentity,
} from "../processes.ts";

/** Another daemon serves this home. */
export class AlreadyRunningError extends Error {
	override readonly name = "AlreadyRunningError";
	readonly holder: ProcessIdentity;

	constructor(holder: ProcessIdentity) {
		super(`the laptop cloud is running already as process ${holder.pid}`);
		this.holder = holder;
	}
}

/**
 * Takes the place of the one daemon of this home and answers how to give it back. One that is just ending is waited
 * for; a dead one's lock is taken over.
 * @throws AlreadyRunningError when another daemon still lives after the patience.
 */
export async function acquireLock(
	home: string,
	patienceMs = 5000,
): Promise<() => void> {
	const file = join(home, "laptopd.lock");
	const own = identifyProcess(process.pid);
	if (own === undefined)
		throw new Error("this system does not tell when a process was started");
	const deadline = Date.now() + patienceMs;
	for (;;) {
		if (tryTake(file, own)) return () => release(file, own);
		const holder = readHolder(file);
		if (holder === undefined || !isRunning(holder)) {
			rmSync(file, { force: true });
			continue;
		}
		if (Date.now() > deadline) throw new AlreadyRunningError(holder);
		await sleep(50);
	}
}

/** A link, not an exclusive create: whoever sees the lock sees its holder in it. */
function tryTake(file: string, own: ProcessIdentity): boolean {
	const draft = `${file}.${own.pid}`;
	writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
	try {
		linkSync(draft, file);
		return true;
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "EEXIST")
			return false;
		throw error;
	} finally {
		unlinkSync(draft);
	}
}

function release(file: string, own: ProcessIdentity): void {
	if (readHolder(file)?.pid === own.pid) rmSync(file, { force: true });
}

/** Who holds the lock of a home, dead or alive. */
export function readHolder(file: string): ProcessIdentity | undefined {
	try {
		return JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity;
	} catch {
		return undefined;
	}
}
