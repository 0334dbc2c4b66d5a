import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../outcome.ts";
import { keepFolder, withReport } from "./keep.ts";
import { readFile, requireWritable } from "./open.ts";

const limitBytes = 8 * 1024 * 1024;

/**
 * Works in a folder of this machine, for reports that are written bit by bit, and brings it to its bucket when all is done,
 * also after an error. Of a run that is killed nothing arrives there.
 *
 * @param needed files of earlier runs that the work reads; one that cannot be read is taken for missing.
 */
export async function withLocalFolder(
	address: string,
	work: (folder: string) => Promise<Result>,
	needed: readonly string[] = [],
): Promise<Result> {
	if (!address.startsWith("s3://")) return await work(address);
	await requireWritable(address);
	const folder = await mkdtemp(join(tmpdir(), "cutover-reports-"));
	try {
		for (const name of needed) {
			const bytes = await readFile(address, name, limitBytes).catch(
				() => undefined,
			);
			if (bytes !== undefined) await writeFile(join(folder, name), bytes);
		}
		let result: Result;
		try {
			result = await work(folder);
		} catch (error) {
			await keepFolder(address, folder, "");
			throw error;
		}
		return withReport(result, await keepFolder(address, folder, ""));
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
