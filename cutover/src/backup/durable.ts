import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** For the owner alone: what lies in a backup opens doors. */
export const folderMode = 0o700;
export const fileMode = 0o600;

/** Makes a folder and those above it, for the owner alone. */
export async function makeFolder(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true, mode: folderMode });
}

/** Writes a small file in one move: readers see the old text or the new one, also after a power cut. */
export async function writeDurably(file: string, text: string): Promise<void> {
	const draft = `${file}.${process.pid}.draft`;
	try {
		const handle = await open(draft, "w", fileMode);
		try {
			await handle.writeFile(text);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(draft, file);
	} catch (error) {
		await rm(draft, { force: true }).catch(() => undefined);
		throw error;
	}
	await syncFolder(dirname(file));
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** Whether an error says that a disk or a quota is full. */
export function isDiskFull(error: unknown): boolean {
	const code = (error as { code?: unknown } | undefined)?.code;
	return (
		code === "ENOSPC" ||
		code === "EDQUOT" ||
		code === "EFBIG" ||
		(error instanceof Error &&
			/No space left on device|Disk quota exceeded|File too large|SIGXFSZ/.test(
				error.message,
			))
	);
}
