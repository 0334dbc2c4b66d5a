import type { Outcome } from "../../outcome.ts";
import type { ScenarioResult, UatReport } from "../result.ts";
import { wholeOutcome } from "../verdict.ts";

const marks: Readonly<Record<Outcome, string>> = {
	passed: "PASS",
	failed: "FAIL",
	inconclusive: "UNCLEAR",
	"not run": "NOT RUN",
};

/** The acceptance as Markdown: totals, one row per scenario, then what went wrong. */
export function renderMarkdown(report: UatReport): string {
	const { totals, thresholds, data } = report;
	const around = report.checks.filter(({ outcome }) => outcome !== "passed");
	return [
		`# User acceptance: ${report.label}`,
		`${report.baseUrl}, ${report.startedAt}, ${report.browser}, run ${report.run}`,
		`${totals.passed} of ${totals.scenarios} scenarios passed (${totals.successRate.toFixed(1)} %), ${totals.failed} failed, ${totals.notRun} not run, in ${report.seconds.toFixed(1)} s. PASSED from ${thresholds.passed} %, CONDITIONAL from ${thresholds.conditional} %.`,
		[
			"| | scenario | steps | console | requests | accessibility | seconds | last picture |",
			"|---|---|---|---|---|---|---|---|",
			...report.scenarios.map(row),
		].join("\n"),
		...around.map(
			(check) =>
				`## ${marks[check.outcome]} ${check.name}\n\n${[check.actual, ...(check.details ?? [])].map((line) => `- ${line}`).join("\n")}`,
		),
		...report.scenarios
			.filter((scenario) => wholeOutcome(scenario) !== "passed")
			.map(problems),
		...(data.removed.length > 0
			? [
					`## Removed afterwards\n\n${data.removed.map(({ kind, key }) => `- ${kind}: ${kind === "profile" ? "put back" : key}`).join("\n")}`,
				]
			: []),
		"",
	].join("\n\n");
}

function row(scenario: ScenarioResult): string {
	const passed = scenario.steps.filter(({ outcome }) => outcome === "passed");
	const picture = scenario.steps.at(-1)?.screenshot;
	const watched = [0, 1, 2].map((nth) => {
		const check = scenario.checks[nth];
		return check === undefined ? "" : marks[check.outcome];
	});
	return `| ${[
		marks[wholeOutcome(scenario)],
		`${cell(scenario.title)} (${scenario.name})`,
		`${passed.length}/${scenario.steps.length}`,
		...watched,
		scenario.seconds.toFixed(1),
		picture === undefined ? "" : `[picture](${picture})`,
	].join(" | ")} |`;
}

function problems(scenario: ScenarioResult): string {
	const bad = scenario.steps.find(({ outcome }) => outcome === "failed");
	const lines = [
		...(bad
			? [
					`- step “${bad.title}”: expected ${bad.expected}, got ${bad.actual}${bad.screenshot ? ` ([picture](${bad.screenshot}))` : ""}`,
				]
			: scenario.reason
				? [`- ${scenario.reason}`]
				: []),
		...scenario.checks
			.filter(({ outcome }) => outcome !== "passed")
			.flatMap((check) => [
				`- ${check.name}: ${check.actual}`,
				...(check.details ?? []).map((detail) => `  - ${detail}`),
			]),
		...(scenario.trace ? [`- recording: [trace](${scenario.trace})`] : []),
	];
	return `## ${marks[wholeOutcome(scenario)]} ${scenario.name}\n\n${lines.join("\n")}`;
}

function cell(text: string): string {
	return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
