import { join } from "node:path";
import type { Check, Result } from "../../cutover/src/outcome.ts";
import { recordResult } from "../../cutover/src/status/write.ts";
import { laptopPlaces } from "../engine/places.ts";
import { readPhases } from "./phases.ts";
import { type Promised, promisesOf } from "./promises.ts";
import { stackName } from "./stack.ts";
import type { Summary } from "./summary.ts";

/** Where the laptop's results and status page are, unless the environment names a folder. */
export function laptopReports(): string {
	const { CUTOVER_REPORT_DIR = "" } = process.env;
	return CUTOVER_REPORT_DIR === ""
		? join(laptopPlaces().home, "reports")
		: CUTOVER_REPORT_DIR;
}

/** The file that keeps the times of the updates. */
export const phasesFile = (): string =>
	join(laptopPlaces().home, "start", "phases.json");

/**
 * Shows on the status page how a run ended: its promises, or what stopped it. Answers where the page is.
 * @throws when it cannot be written, which is no reason to call the run a failure.
 */
export async function showRun(
	startedAt: Date,
	ended: Summary | Error,
): Promise<string> {
	const seconds = (Date.now() - startedAt.getTime()) / 1000;
	const result =
		ended instanceof Error
			? stopped(ended, seconds)
			: resultOf(ended, laptopReports());
	return await recordResult(
		laptopReports(),
		{ verb: "start", startedAt },
		{ ...result, facts: { ...result.facts, ...phaseFacts() } },
		{ stack: stackName, environment: "development" },
	);
}

/** The promises of a run as checks. */
export function resultOf(summary: Summary, reports: string): Result {
	const checks = promisesOf(summary).map(checkOf);
	const isKept = checks.every(({ outcome }) => outcome !== "failed");
	return {
		outcome: isKept ? "passed" : "failed",
		checks,
		next: isKept
			? `Every promise kept; next: eval "$(npx cutover env)", then cutover validate --report-dir ${reports}`
			: "A promise was broken; next: npm start",
		facts: { counts: summary.rows, urls: summary.urls },
	};
}

function checkOf({ name, expected, actual, kept }: Promised): Check {
	return {
		name,
		expected,
		actual,
		outcome: kept === undefined ? "not run" : kept ? "passed" : "failed",
		// Nothing that moves is put to the test by a run that finds nothing to do.
		required: kept !== undefined,
		seconds: 0,
	};
}

function stopped(error: Error, seconds: number): Result {
	const [first = "", ...rest] = error.message.split("\n");
	return {
		outcome: "failed",
		checks: [
			{
				name: "npm start",
				outcome: "failed",
				expected: "every update ends well",
				actual: first,
				details: rest.filter((line) => line.trim() !== "").slice(-20),
				seconds,
			},
		],
		next: "Nothing is lost; next: npm start",
	};
}

function phaseFacts(): Readonly<Record<string, unknown>> {
	const phases = readPhases(phasesFile());
	const cutover = phases.find(
		({ name, outcome }) => name === "cutover" && outcome === "passed",
	);
	return { phases, ...(cutover && { liveSince: cutover.finishedAt }) };
}
