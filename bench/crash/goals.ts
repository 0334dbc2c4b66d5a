import type { Check } from "../../cutover/src/outcome.ts";
import type { CaseResult } from "./case.ts";
import type { Report } from "./report.ts";

/** Blows of which one phase or server should have had so many, before anybody calls it proven. */
const enough = { kills: 500, restarts: 100, cuts: 100, fullDisks: 20 };

/** What the campaign promised, and whether it was kept. What was not run is never "passed". */
export function judge(report: Report): readonly Check[] {
	const cases = [
		...report.runs.flatMap((run) => run.cases),
		...report.fullDisks.cases,
	];
	const sum = (of: (one: CaseResult) => number) =>
		cases.reduce((total, one) => total + of(one), 0);
	const struck = (name: RegExp) =>
		report.runs
			.filter((run) => name.test(run.disturbance))
			.flatMap((run) => run.cases)
			.reduce((total, one) => total + one.strikes.length, 0);
	const limit = report.options.workers * report.options.batchRows;
	const wasted = Math.max(
		0,
		...cases.flatMap((one) =>
			one.strikes.map((strike) => strike.wastedRows ?? 0),
		),
	);
	const number = (
		name: string,
		wanted: string,
		actual: number,
		isKept: boolean,
	): Check => ({
		name,
		outcome: isKept ? "passed" : "failed",
		expected: wanted,
		actual: String(actual),
		seconds: 0,
	});
	const ran = (name: string, wanted: number, actual: number): Check => ({
		name,
		outcome: actual >= wanted ? "passed" : "not run",
		expected: `at least ${wanted}`,
		actual: String(actual),
		seconds: 0,
	});
	return [
		number(
			"rows lost",
			"0",
			sum((one) => one.difference.lost),
			sum((one) => one.difference.lost) === 0,
		),
		number(
			"rows doubled or wrong",
			"0",
			sum((one) => one.difference.extra),
			sum((one) => one.difference.extra) === 0,
		),
		number(
			"other problems",
			"0",
			sum((one) => one.problems.length),
			sum((one) => one.problems.length) === 0,
		),
		number(
			"rows written in vain per kill",
			`at most ${limit} (workers × batch)`,
			wasted,
			wasted <= limit,
		),
		...(report.again ?? []).map(
			(one): Check => ({
				name: `again: ${one.verb}`,
				outcome: one.isUntouched && one.seconds < 2 ? "passed" : "failed",
				expected: "writes nothing, under 2 s",
				actual: `${one.isUntouched ? "wrote nothing" : "wrote something"}, ${one.seconds.toFixed(2)} s`,
				seconds: one.seconds,
			}),
		),
		ran("kills", enough.kills, struck(/SIGKILL/)),
		ran(
			"restarts of the source",
			enough.restarts,
			struck(/restart of the source/),
		),
		ran(
			"restarts of the target",
			enough.restarts,
			struck(/restart of the target/),
		),
		ran("cut connections", enough.cuts, struck(/cut/)),
		ran("full disks", enough.fullDisks, report.fullDisks.cases.length),
		...report.missing.map(
			({ phase, missing }): Check => ({
				name: `phase ${phase}`,
				outcome: "not run",
				expected: "at least 50 kills",
				actual: missing,
				seconds: 0,
			}),
		),
	];
}
