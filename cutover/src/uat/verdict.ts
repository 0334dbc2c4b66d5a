import type { Check, Outcome } from "../outcome.ts";
import type { UatConfig } from "./config.ts";
import type { Label, ScenarioResult, Totals } from "./result.ts";

/** A scenario with everything that was watched in it: one bad check is enough. */
export function wholeOutcome(scenario: ScenarioResult): Outcome {
	if (scenario.outcome !== "passed") return scenario.outcome;
	return scenario.checks.every(({ outcome }) => outcome === "passed")
		? "passed"
		: "failed";
}

/** Counts the scenarios; those that did not run stay in the denominator. */
export function countTotals(scenarios: readonly ScenarioResult[]): Totals {
	const outcomes = scenarios.map(wholeOutcome);
	const count = (wanted: Outcome) =>
		outcomes.filter((outcome) => outcome === wanted).length;
	const passed = count("passed");
	return {
		scenarios: scenarios.length,
		passed,
		failed: count("failed"),
		notRun: scenarios.length - passed - count("failed"),
		successRate: scenarios.length === 0 ? 0 : (100 * passed) / scenarios.length,
	};
}

/** What the share of passed scenarios is called; "NOT RUN" when none began at all. */
export function labelOf(
	totals: Totals,
	thresholds: UatConfig["thresholds"],
): Label {
	if (totals.notRun === totals.scenarios) return "NOT RUN";
	if (totals.successRate >= thresholds.passed) return "PASSED";
	return totals.successRate >= thresholds.conditional
		? "CONDITIONAL"
		: "FAILED";
}

/** Only PASSED opens a gate; a problem that concerns no scenario closes it as well. */
export function judge(label: Label, around: readonly Check[]): Outcome {
	if (around.some(({ outcome }) => outcome === "failed")) return "failed";
	if (label === "NOT RUN") return "not run";
	return label === "PASSED" ? "passed" : "failed";
}

/** The result's flat list: each scenario, and what was watched in it by its name. */
export function listChecks(
	scenarios: readonly ScenarioResult[],
	around: readonly Check[],
): readonly Check[] {
	return [
		...around,
		...scenarios.flatMap((scenario) => [
			stepsCheck(scenario),
			...scenario.checks.map((check) => ({
				...check,
				name: `${scenario.name}: ${check.name}`,
			})),
		]),
	];
}

function stepsCheck(scenario: ScenarioResult): Check {
	const { name, outcome, seconds, steps, reason } = scenario;
	const bad = steps.find((step) => step.outcome === "failed");
	return {
		name,
		outcome,
		expected:
			bad?.expected ??
			(outcome === "passed" ? `${steps.length} steps` : scenario.title),
		actual:
			bad !== undefined
				? `step “${bad.title}”: ${bad.actual}`
				: (reason ?? `${steps.length} steps`),
		seconds,
	};
}
