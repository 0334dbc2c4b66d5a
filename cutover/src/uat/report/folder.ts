import { rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RefusedError, reasonOf } from "../../errors.ts";
import { makeFolder } from "../../folders.ts";

/** Where a report goes; paths are relative to it. */
export interface ReportFolder {
	readonly path: string;
	/** Stores a file, whole or not at all. */
	write(path: string, content: string | Buffer): Promise<void>;
	/** Lets something else write a file. */
	let(path: string, write: (file: string) => Promise<void>): Promise<void>;
	/** Problems with writing so far; what could be written is there. */
	readonly problems: readonly string[];
}

/** Everything of a run but its three reports lies here. */
export const partsFolder = "uat";

/** The report for programs. */
export const reportName = "uat.json";

/**
 * Makes the folder before anything else, and removes the pictures of an earlier run.
 *
 * @param store writes one file; tests give one whose disk is full.
 * @throws RefusedError when it cannot be written to.
 */
export async function openFolder(
	path: string,
	store: (file: string, content: string | Buffer) => Promise<void> = writeFile,
): Promise<ReportFolder> {
	const probe = join(path, `.uat-${process.pid}`);
	try {
		await makeFolder(path);
		await writeFile(probe, "probe");
		await rm(join(path, partsFolder), { recursive: true, force: true });
	} catch (error) {
		throw new RefusedError(
			`cannot write into the report folder: ${reasonOf(error)}; name another with --report-dir`,
			{ cause: error },
		);
	} finally {
		await rm(probe, { force: true }).catch(() => undefined);
	}
	const problems: string[] = [];
	const make = async (
		name: string,
		write: (file: string) => Promise<void>,
	): Promise<void> => {
		const file = join(path, name);
		const part = `${file}.part`;
		try {
			await makeFolder(dirname(file));
			await write(part);
			await rename(part, file);
		} catch (error) {
			await rm(part, { force: true }).catch(() => undefined);
			problems.push(`${name}: ${reasonOf(error)}`);
			throw error;
		}
	};
	return {
		path,
		problems,
		write: (name, content) => make(name, (file) => store(file, content)),
		let: make,
	};
}
