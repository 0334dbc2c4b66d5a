import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "../errors.ts";
import type { Check, Result } from "../outcome.ts";
import { writeReport } from "../schema/report.ts";
import { baselineFile } from "./baseline.ts";
import type { Phase } from "./plan.ts";

/** What became of a report. */
export interface Kept {
	readonly files: readonly string[];
	/** How to speak of it. */
	readonly text: string;
	/** One that says that a file is not where it belongs; none when all are. */
	readonly checks: readonly Check[];
}

/** Writes the report and, where there is one, the baseline. What cannot be written does not undo what was found. */
export async function keepReport(
	folder: string,
	phase: Phase,
	result: Pick<Result, "outcome" | "checks">,
	facts: Readonly<Record<string, unknown>>,
	baseline: string | undefined,
): Promise<Kept> {
	const report = await writeReport(folder, `check-${phase}`, {
		title: `Checks ${phase} the migration`,
		result,
		facts,
	});
	if (report.files.length === 0 || baseline === undefined)
		return {
			...report,
			checks: report.files.length === 0 ? [notKept(folder, report.text)] : [],
		};
	const file = join(folder, baselineFile);
	try {
		await writeFile(file, baseline);
		return {
			files: [...report.files, file],
			text: `${report.text}, baseline: ${file}`,
			checks: [],
		};
	} catch (error) {
		const text = `no baseline: ${reasonOf(error)}`;
		return {
			files: report.files,
			text: `${report.text}, ${text}`,
			checks: [notKept(folder, text)],
		};
	}
}

function notKept(folder: string, actual: string): Check {
	return {
		name: "report",
		outcome: "inconclusive",
		expected: `kept in ${folder}`,
		actual,
		seconds: 0,
	};
}
