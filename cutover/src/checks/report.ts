import type { Result } from "../outcome.ts";
import { type KeptReport, keepFiles } from "../reports/keep.ts";
import { reportFiles } from "../reports/report.ts";
import { baselineFile } from "./baseline.ts";
import type { Phase } from "./plan.ts";

/** Writes the report and, where there is one, the baseline. What cannot be written does not undo what was found. */
export async function keepReport(
	address: string,
	phase: Phase,
	result: Pick<Result, "outcome" | "checks">,
	facts: Readonly<Record<string, unknown>>,
	baseline: string | undefined,
): Promise<KeptReport> {
	return await keepFiles(address, [
		...reportFiles(`check-${phase}`, {
			title: `Checks ${phase} the migration`,
			result,
			facts,
		}),
		...(baseline === undefined
			? []
			: [{ name: baselineFile, content: baseline }]),
	]);
}
