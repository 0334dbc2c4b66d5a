import { fstatSync } from "node:fs";

const pollMs = 250;

/**
 * Calls `end` once the process that started this one is gone, also when it was killed. Without it every killed engine would
 * leave its plugins behind.
 */
export function endWithParent(end: () => void): void {
	const parent = process.ppid;
	setInterval(() => {
		if (process.ppid !== parent) end();
	}, pollMs).unref();
	if (!stdinIsPipe()) return;
	// The engine may be gone before ppid was read for the first time; the pipe it held then tells.
	process.stdin.on("end", end).on("error", end).resume();
	process.stdin.unref();
}

function stdinIsPipe(): boolean {
	try {
		return fstatSync(0).isFIFO();
	} catch {
		return false;
	}
}
