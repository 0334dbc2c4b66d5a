import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "cutover-browser-";

/**
 * Makes the folder for a browser's profile and recordings, and removes those of processes that were killed: they hold
 * sessions and what was typed. Its name stays short, since a browser's sockets lie in it.
 */
export function openScratch(parent: string = tmpdir()): string {
	for (const name of readdirSync(parent)) {
		const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? [];
		if (pid === undefined || isAlive(Number(pid))) continue;
		try {
			rmSync(join(parent, name), { recursive: true, force: true });
		} catch {
			// Another user's: not ours to remove.
		}
	}
	return mkdtempSync(join(parent, `${prefix}${process.pid}-`));
}

/** Removes such a folder; a browser that is just ending may still write into it. */
export function closeScratch(folder: string): void {
	rmSync(folder, {
		recursive: true,
		force: true,
		maxRetries: 5,
		retryDelay: 100,
	});
}

/** Runs the work while temporary files go into the folder. */
export async function withTemporaryFolder<T>(
	folder: string,
	work: () => Promise<T>,
): Promise<T> {
	const before = process.env.TMPDIR;
	process.env.TMPDIR = folder;
	try {
		return await work();
	} finally {
		if (before === undefined) delete process.env.TMPDIR;
		else process.env.TMPDIR = before;
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}
