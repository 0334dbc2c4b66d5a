import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../outcome.ts";
import { keepFolder, withReport } from "../reports/keep.ts";
import { requireWritable } from "../reports/open.ts";

/**
 * Measures into a folder of this machine, since samples are written while others are taken, and brings it to its bucket when
 * all is done, also after an error.
 */
export async function withLocalFolder(
	address: string,
	work: (folder: string) => Promise<Result>,
): Promise<Result> {
	if (!address.startsWith("s3://")) return await work(address);
	await requireWritable(address);
	const folder = await mkdtemp(join(tmpdir(), "cutover-perf-"));
	try {
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
