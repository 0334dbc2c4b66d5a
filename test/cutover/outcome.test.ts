import assert from "node:assert/strict";
import {
	type Check,
	combineOutcomes,
	exitCodeOf,
	type Outcome,
} from "../../cutover/src/outcome.ts";

const check = (outcome: Outcome, required = true): Check => ({
	name: "a",
	outcome,
	expected: "",
	actual: "",
	seconds: 0,
	required,
});

describe("combineOutcomes", () => {
	const table: readonly (readonly [string, readonly Check[], Outcome])[] = [
		["all passed", [check("passed"), check("passed")], "passed"],
		["one failed", [check("inconclusive"), check("failed")], "failed"],
		["one unclear", [check("passed"), check("inconclusive")], "inconclusive"],
		["one not run", [check("passed"), check("not run")], "not run"],
		[
			"one that may be left out",
			[check("passed"), check("not run", false)],
			"passed",
		],
		[
			"a failed one that may be left out",
			[check("passed"), check("failed", false)],
			"failed",
		],
		["nothing looked at", [], "not run"],
	];
	for (const [what, checks, expected] of table) {
		it(`is ${expected} for ${what}`, () =>
			assert.equal(combineOutcomes(checks), expected));
	}
});

describe("exitCodeOf", () => {
	it("opens the gate for passed only", () => {
		assert.deepEqual(
			(["passed", "failed", "inconclusive", "not run"] as const).map(
				exitCodeOf,
			),
			[0, 1, 3, 3],
		);
	});
});
