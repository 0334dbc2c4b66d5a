/** What a check or a whole verb can come to. Only `passed` opens a gate. */
export type Outcome = "passed" | "failed" | "inconclusive" | "not run";

/** One thing that was looked at: what was wanted, what was found, how long it took. */
export interface Check {
	readonly name: string;
	/** Category in the report. Default: none. */
	readonly group?: string;
	readonly outcome: Outcome;
	readonly expected: string;
	readonly actual: string;
	/** What is missing or wrong: at most twenty entries, except where every one is asked for (`schema diff`). */
	readonly details?: readonly string[];
	readonly seconds: number;
	/** A check that may be left out, for example because nobody configured it. Default: true. */
	readonly required?: boolean;
}

/** What every verb hands back; `--json` prints it as one line. */
export interface Result {
	readonly outcome: Outcome;
	readonly checks: readonly Check[];
	/** State of the world and the next command; the last line a person reads. */
	readonly next: string;
	/** Further facts of the verb, printed with `--json` only. */
	readonly facts?: Readonly<Record<string, unknown>>;
	/** Text that is itself the result, for example shell lines; printed on standard output as it is. */
	readonly text?: string;
}

const exitCodes: Readonly<Record<Outcome, number>> = {
	passed: 0,
	failed: 1,
	inconclusive: 3,
	"not run": 3,
};

/** Exit code of a usage error: an option is missing or does not make sense. */
export const usageExitCode = 2;

/** The exit code that stands for an outcome. */
export function exitCodeOf(outcome: Outcome): number {
	return exitCodes[outcome];
}

/** The outcome of several checks: the worst of the required ones; none at all is "not run". */
export function combineOutcomes(checks: readonly Check[]): Outcome {
	const counted = checks.filter(
		(check) => check.required !== false || check.outcome === "failed",
	);
	if (counted.length === 0) return "not run";
	const order: readonly Outcome[] = ["failed", "inconclusive", "not run"];
	for (const outcome of order) {
		if (counted.some((check) => check.outcome === outcome)) return outcome;
	}
	return "passed";
}
