import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it; one that is there is fine. Node's own recursion never ends where a file system refuses
 * a folder as if a parent were missing, as /proc does.
 */
export async function makeFolder(path: string): Promise<void> {
	if (await isFolder(path)) return;
	const above = dirname(path);
	if (above !== path) await makeFolder(above);
	await mkdir(path).catch(async (error: unknown) => {
		// Somebody else may have made it meanwhile.
		if (!(await isFolder(path))) throw error;
	});
}

async function isFolder(path: string): Promise<boolean> {
	return await stat(path).then(
		(found) => found.isDirectory(),
		() => false,
	);
}
