import assert from "node:assert/strict";
import type { Check, Outcome } from "../../../cutover/src/outcome.ts";
import type { ScenarioResult } from "../../../cutover/src/uat/result.ts";
import {
	countTotals,
	judge,
	labelOf,
	listChecks,
	wholeOutcome,
} from "../../../cutover/src/uat/verdict.ts";

const thresholds = { passed: 90, conditional: 70 };

function check(name: string, outcome: Outcome, required?: boolean): Check {
	return {
		name,
		outcome,
		expected: "none",
		actual: "some",
		seconds: 0,
		...(required !== undefined && { required }),
	};
}

function scenario(
	outcome: Outcome,
	checks: readonly Check[] = [check("no console errors", "passed")],
): ScenarioResult {
	return {
		name: "login",
		title: "A known user signs in",
		outcome,
		seconds: 1,
		steps: [],
		checks,
	};
}

const many = (passed: number, failed: number, notRun: number) => [
	...Array.from({ length: passed }, () => scenario("passed")),
	...Array.from({ length: failed }, () => scenario("failed")),
	...Array.from({ length: notRun }, () => scenario("not run")),
];

describe("the verdict of an acceptance", () => {
	for (const [passed, failed, notRun, label, outcome] of [
		[7, 0, 0, "PASSED", "passed"],
		[9, 1, 0, "PASSED", "passed"],
		[6, 1, 0, "CONDITIONAL", "failed"],
		[6, 0, 1, "CONDITIONAL", "failed"],
		[7, 3, 0, "CONDITIONAL", "failed"],
		[4, 3, 0, "FAILED", "failed"],
		[1, 0, 6, "FAILED", "failed"],
		[0, 7, 0, "FAILED", "failed"],
		[0, 0, 7, "NOT RUN", "not run"],
		[0, 0, 0, "NOT RUN", "not run"],
	] as const) {
		it(`is ${label} for ${passed} passed, ${failed} failed and ${notRun} not run`, () => {
			const totals = countTotals(many(passed, failed, notRun));
			assert.equal(labelOf(totals, thresholds), label);
			assert.equal(judge(label, []), outcome);
		});
	}

	it("keeps what did not run in the denominator", () => {
		const totals = countTotals(many(3, 0, 1));
		assert.deepEqual(totals, {
			scenarios: 4,
			passed: 3,
			failed: 0,
			notRun: 1,
			successRate: 75,
		});
	});

	it("counts a scenario as failed when something was wrong meanwhile", () => {
		for (const outcome of ["failed", "not run", "inconclusive"] as const) {
			const watched = scenario("passed", [check("accessibility", outcome)]);
			assert.equal(wholeOutcome(watched), "failed");
		}
	});

	it("never counts a scenario as passed that did not run", () => {
		assert.equal(wholeOutcome(scenario("not run", [])), "not run");
	});

	it("fails for what concerns no scenario, but not for what may be left out", () => {
		assert.equal(judge("PASSED", [check("the report", "failed")]), "failed");
		assert.equal(
			judge("PASSED", [check("test data removed", "failed", false)]),
			"failed",
		);
		assert.equal(
			judge("PASSED", [check("test data removed", "not run", false)]),
			"passed",
		);
		assert.equal(judge("NOT RUN", [check("a browser", "not run")]), "not run");
	});

	it("names the step that failed, and what was watched by its scenario", () => {
		const failed: ScenarioResult = {
			...scenario("failed", [check("no failed requests", "failed")]),
			steps: [
				{ title: "open the sign-in", outcome: "passed", seconds: 1 },
				{
					title: "sign in",
					outcome: "failed",
					seconds: 1,
					expected: "the address to become /dashboard",
					actual: "/profile",
				},
			],
		};
		assert.deepEqual(
			listChecks([failed], []).map(({ name, expected, actual }) => ({
				name,
				expected,
				actual,
			})),
			[
				{
					name: "login",
					expected: "the address to become /dashboard",
					actual: "step “sign in”: /profile",
				},
				{ name: "login: no failed requests", expected: "none", actual: "some" },
			],
		);
	});
});
