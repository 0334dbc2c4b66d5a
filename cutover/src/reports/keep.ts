import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reasonOf } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { folderPlace } from "./folder.ts";
import { withPlace } from "./open.ts";
import type { ReportContent, ReportPlace } from "./place.ts";

/** A file of a report. */
export interface ReportFile {
	/** Below the place, parts separated by `/`. */
	readonly name: string;
	/** Undefined: what an earlier run left there is removed. */
	readonly content: ReportContent | undefined;
	/** Readable by its owner only. Default: false. */
	readonly isPrivate?: boolean;
}

/** What became of a report. */
export interface KeptReport {
	/** Where its files are; also where they were saved when their place failed. */
	readonly files: readonly string[];
	/** How to speak of it: its first file, or why there is none. */
	readonly text: string;
	/** One that says that the report is not where it belongs; none when it is. */
	readonly checks: readonly Check[];
}

/**
 * Writes the files of a report. What fails does not undo what was found: the files are then saved in a temporary folder of
 * this machine, and a check says so.
 */
export async function keepFiles(
	address: string,
	files: readonly ReportFile[],
): Promise<KeptReport> {
	const startedAt = performance.now();
	try {
		const written = await withPlace(address, (place) => writeAll(place, files));
		return { files: written, text: written[0] ?? "no report", checks: [] };
	} catch (error) {
		const reason = reasonOf(error);
		const saved = await save(files);
		const text =
			saved.length === 0
				? `no report: ${reason}`
				: `the report is in ${saved[0]} of this machine: ${reason}`;
		const seconds = (performance.now() - startedAt) / 1000;
		const expected = `kept in ${address}`;
		return {
			files: saved,
			text,
			checks: [
				{
					name: "report",
					outcome: "inconclusive",
					expected,
					actual: text,
					seconds,
				},
			],
		};
	}
}

/** Writes a folder of this machine with all that is in it, for example screenshots, below `prefix` of a place. */
export async function keepFolder(
	address: string,
	folder: string,
	prefix: string,
): Promise<KeptReport> {
	const entries = await readdir(folder, {
		recursive: true,
		withFileTypes: true,
	});
	const paths = entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.sort();
	const below = (path: string) =>
		path.slice(join(folder, "/").length).split(/[\\/]/).join("/");
	return await keepFiles(
		address,
		paths.map((file) => ({
			name: prefix === "" ? below(file) : `${prefix}/${below(file)}`,
			content: { file },
		})),
	);
}

/** The same result with what became of its report: one that could not be kept is no proof, however the checks went. */
export function withReport(result: Result, kept: KeptReport): Result {
	const checks = [...result.checks, ...kept.checks];
	return {
		...result,
		outcome:
			kept.checks.length === 0 ? result.outcome : combineOutcomes(checks),
		checks,
		facts: { ...result.facts, reports: kept.files },
	};
}

async function writeAll(
	place: ReportPlace,
	files: readonly ReportFile[],
): Promise<readonly string[]> {
	const written: string[] = [];
	for (const { name, content, isPrivate = false } of files) {
		if (content === undefined) {
			await place.remove(name);
			continue;
		}
		await place.write(name, content, { isPrivate });
		written.push(place.addressOf(name));
	}
	return written;
}

/** Nothing when that fails as well: the result is printed all the same. */
async function save(files: readonly ReportFile[]): Promise<readonly string[]> {
	let folder: string | undefined;
	try {
		folder = await mkdtemp(join(tmpdir(), "cutover-report-"));
		const present = files.filter(({ content }) => content !== undefined);
		return await writeAll(folderPlace(folder), present);
	} catch {
		if (folder !== undefined) {
			await rm(folder, { recursive: true, force: true }).catch(() => undefined);
		}
		return [];
	}
}
