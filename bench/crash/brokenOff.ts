import { reasonOf } from "../../cutover/src/errors.ts";
import type { CaseResult } from "./case.ts";

/** A case that the bench itself could not bring to its end: a problem like any other, and what was found before is kept. */
export function brokenOff(
	phase: string,
	disturbance: string,
	number: number,
	error: unknown,
): CaseResult {
	const where = error instanceof Error ? (error.stack ?? "") : "";
	return {
		phase,
		disturbance,
		number,
		strikes: [],
		difference: { lost: 0, extra: 0, examples: [] },
		problems: [`the case broke off: ${reasonOf(error)} ${where}`],
		complaints: [],
		finishSeconds: 0,
	};
}
