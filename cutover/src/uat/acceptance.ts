import type { Check, Result } from "../outcome.ts";
import type { UatConfig } from "./config.ts";
import { type ReportFolder, reportName } from "./report/folder.ts";
import { reportJson, writePages } from "./report/write.ts";
import type { ScenarioResult, UatReport } from "./result.ts";
import type { Scenario } from "./scenario.ts";
import type { DataRecord, LeftDatum, TestDatum } from "./testData.ts";
import { countTotals, judge, labelOf, listChecks } from "./verdict.ts";

/** A run's results as they come in; every change is kept on disk, so that a run that is killed leaves what it knew. */
export interface Acceptance {
	readonly run: string;
	/** Notes a check that concerns no scenario. */
	note(check: Check): void;
	useBrowser(name: string): void;
	useData(data: DataRecord): void;
	add(result: ScenarioResult): void;
	skip(name: string, reason: string): void;
	/** Every scenario without a result is "not run". */
	skipRest(reason: string): void;
	/** Keeps what is known now. */
	save(): void;
	removeData(): Promise<void>;
	/** Writes the reports and answers the result. */
	finish(signal: AbortSignal): Promise<Result>;
}

/** Begins with every scenario "not run". */
export function beginAcceptance(begin: {
	readonly config: UatConfig;
	readonly scenarios: readonly Scenario[];
	readonly folder: ReportFolder;
	readonly baseUrl: string;
	readonly run: string;
	readonly startedAt: Date;
}): Acceptance {
	const { config, scenarios, folder, run } = begin;
	const began = performance.now();
	const results = new Map<string, ScenarioResult>();
	const around: Check[] = [];
	let browser = "none";
	let data: DataRecord | undefined;
	let removed: readonly TestDatum[] = [];
	let left: readonly LeftDatum[] | undefined;
	let saving: Promise<unknown> = Promise.resolve();

	function report(finished: boolean): UatReport {
		const ordered = scenarios.map(
			({ name, title }) =>
				results.get(name) ?? notRun(name, title, "it did not begin"),
		);
		const totals = countTotals(ordered);
		const label = labelOf(totals, config.thresholds);
		return {
			outcome: judge(label, around),
			label,
			finished,
			run,
			startedAt: begin.startedAt.toISOString(),
			seconds: (performance.now() - began) / 1000,
			baseUrl: begin.baseUrl,
			browser,
			thresholds: config.thresholds,
			totals,
			scenarios: ordered,
			checks: around,
			data: {
				removed,
				left:
					left ??
					(data?.pending() ?? []).map((datum) => ({
						...datum,
						reason: "the run did not come to removing it",
					})),
			},
		};
	}

	function save(finished = false): Promise<unknown> {
		// One after the other, and the folder remembers what went wrong.
		saving = saving.then(() =>
			folder
				.write(reportName, reportJson(report(finished)))
				.catch(() => undefined),
		);
		return saving;
	}

	const acceptance: Acceptance = {
		run,
		note: (check) => void around.push(check),
		useBrowser(name) {
			browser = name;
		},
		useData(record) {
			data = record;
		},
		add(result) {
			results.set(result.name, result);
			void save();
		},
		skip(name, reason) {
			const { title = name } = scenarios.find((one) => one.name === name) ?? {};
			results.set(name, notRun(name, title, reason));
		},
		skipRest(reason) {
			for (const { name } of scenarios) {
				if (!results.has(name)) acceptance.skip(name, reason);
			}
		},
		save: () => void save(),
		async removeData() {
			if (data === undefined) return;
			const startedAt = performance.now();
			({ removed, left } = await data.removeAll());
			around.push(
				removalCheck(removed, left, (performance.now() - startedAt) / 1000),
			);
		},
		async finish(signal) {
			if (signal.aborted) {
				around.push({
					name: "the run",
					outcome: "failed",
					expected: "every scenario to its end",
					actual: `stopped before the end: ${signal.reason instanceof Error ? signal.reason.message : "aborted"}`,
					seconds: 0,
				});
			}
			await saving;
			const pages = await writePages(folder, report(true));
			await save(true);
			if (folder.problems.length > 0) {
				around.push(writingCheck(folder.problems));
				// With what could not be written said inside, where that can be written.
				await writePages(folder, report(true));
				await save(true);
			}
			return resultOf(report(true), [...pages, reportName], folder);
		},
	};
	return acceptance;
}

function notRun(name: string, title: string, reason: string): ScenarioResult {
	return {
		name,
		title,
		outcome: "not run",
		seconds: 0,
		steps: [],
		checks: [],
		reason,
	};
}

/** What nobody could remove is listed and stops nothing; what could not be removed although it should have is a failure. */
function removalCheck(
	removed: readonly TestDatum[],
	left: readonly LeftDatum[],
	seconds: number,
): Check {
	const failed = left.some(
		({ reason }) => !reason.startsWith("no API removes"),
	);
	return {
		name: "test data removed",
		outcome: left.length === 0 ? "passed" : failed ? "failed" : "not run",
		expected: "nothing of the run left",
		actual:
			left.length === 0 ? `${removed.length} removed` : `${left.length} left`,
		...(left.length > 0 && {
			details: left.map(({ byHand, reason }) => `${byHand} (${reason})`),
		}),
		seconds,
		required: false,
	};
}

function writingCheck(problems: readonly string[]): Check {
	return {
		name: "the report",
		outcome: "failed",
		expected: "every file written",
		actual: `${problems.length} could not be written; make room or name another folder with --report-dir, then run this again`,
		details: [...new Set(problems)].slice(0, 20),
		seconds: 0,
	};
}

function resultOf(
	report: UatReport,
	files: readonly string[],
	folder: ReportFolder,
): Result {
	const { label, totals, outcome, seconds, data } = report;
	const share = `${totals.passed} of ${totals.scenarios} scenarios (${totals.successRate.toFixed(0)} %)`;
	const byHand =
		data.left.length === 0
			? ""
			: `; ${data.left.length} to be removed by hand: ${data.left.map((one) => one.byHand).join("; ")}`;
	const where = files.includes("uat.html")
		? `report in ${folder.path}/uat.html`
		: "the report could not be written";
	return {
		outcome,
		checks: listChecks(report.scenarios, report.checks),
		next: `User acceptance ${label}: ${share} in ${seconds.toFixed(1)} s; ${where}${byHand}`,
		facts: {
			label,
			totals,
			seconds,
			scenarios: report.scenarios,
			data,
			reports: files.map((file) => `${folder.path}/${file}`),
		},
	};
}
