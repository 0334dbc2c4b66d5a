import type { Check } from "../../cutover/src/outcome.ts";
import type { Circumstances } from "../program.ts";
import type { Again } from "./again.ts";
import type { PhaseRun } from "./campaign.ts";
import type { CaseResult } from "./case.ts";
import type { FullDisks } from "./fullDisk.ts";
import type { Options } from "./options.ts";

export interface Report extends Circumstances {
	readonly options: Options;
	readonly runs: readonly PhaseRun[];
	readonly fullDisks: FullDisks;
	readonly again: readonly Again[] | undefined;
	readonly missing: readonly {
		readonly phase: string;
		readonly missing: string;
	}[];
	readonly minutes: number;
}

/** The report as Markdown. */
export function renderReport(report: Report, goals: readonly Check[]): string {
	const { options } = report;
	const complaints = new Map<string, number>();
	for (const one of allCases(report)) {
		for (const text of one.complaints) {
			const key = withoutNumbers(text);
			complaints.set(key, (complaints.get(key) ?? 0) + 1);
		}
	}
	return `${[
		"# Crashes, survived",
		`${report.date}, ${report.machine}, ${report.minutes.toFixed(0)} minutes. Repeat it with \`${report.command}\`.`,
		`${options.users.toLocaleString("en")} legacy users of every kind, ${options.workers} workers, ${options.batchRows} rows per transaction, seed ${options.seed}. Source and target are two servers. Each target is disturbed up to four times, checked at once and again when its sessions are gone, run to the end, and compared row by row with a conversion that nobody disturbed.`,
		"## Goals",
		table(
			["goal", "expected", "measured", "outcome"],
			goals.map((one) => [one.name, one.expected, one.actual, one.outcome]),
		),
		"## By phase",
		table(
			[
				"phase",
				"disturbance",
				"in the phase",
				"in all",
				"lost",
				"too many",
				"problems",
				"wasted rows, most",
				"finished in, most",
			],
			[
				...report.runs.map((run) =>
					rowOf(run.phase, run.disturbance, run.cases),
				),
				...(report.fullDisks.cases.length > 0
					? [rowOf("any", "full disk", report.fullDisks.cases)]
					: []),
			],
		),
		...(report.fullDisks.missing === undefined
			? []
			: [`Full disks: not run: ${report.fullDisks.missing}.`]),
		...report.missing.map(
			({ phase, missing }) => `Phase ${phase}: **not run**: ${missing}.`,
		),
		"## What the command line said",
		...[...complaints]
			.sort(([, one], [, other]) => other - one)
			.map(([text, times]) => `- ${times} times: ${text}`),
		...problemsOf(report),
	].join("\n\n")}\n`;
}

function allCases(report: Report): readonly CaseResult[] {
	return [
		...report.runs.flatMap((run) => run.cases),
		...report.fullDisks.cases,
	];
}

function rowOf(
	phase: string,
	disturbance: string,
	cases: readonly CaseResult[],
): readonly string[] {
	const strikes = cases.flatMap((one) => one.strikes);
	const sum = (of: (one: CaseResult) => number) =>
		String(cases.reduce((total, one) => total + of(one), 0));
	const wasted = strikes.flatMap((one) => one.wastedRows ?? []);
	const seconds = cases.map((one) => one.finishSeconds);
	return [
		phase,
		disturbance,
		String(strikes.filter((one) => one.isInPhase).length),
		String(strikes.length),
		sum((one) => one.difference.lost),
		sum((one) => one.difference.extra),
		sum((one) => one.problems.length),
		wasted.length === 0 ? "–" : String(Math.max(...wasted)),
		seconds.length === 0 ? "–" : `${Math.max(...seconds).toFixed(1)} s`,
	];
}

function problemsOf(report: Report): readonly string[] {
	const lines = allCases(report).flatMap((one) =>
		[...one.problems, ...one.difference.examples].map(
			(text) =>
				`- ${one.phase}, ${one.disturbance}, case ${one.number}: ${text}`,
		),
	);
	return lines.length === 0 ? [] : ["## Problems", ...lines];
}

/** The same complaint of different processes and positions is one. */
function withoutNumbers(text: string): string {
	return text.replace(/[0-9A-F]+\/[0-9A-F]+/g, "…").replace(/\d+/g, "…");
}

function table(
	head: readonly string[],
	rows: readonly (readonly string[])[],
): string {
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join(
		"\n",
	);
}
