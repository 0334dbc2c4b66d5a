import assert from "node:assert/strict";
import {
	describeProblems,
	fillFromEnvironment,
} from "../../../cutover/src/verbs/environment.ts";

const specs = [
	{ flags: "--batch-rows <number>", env: "ROWS", text: "" },
	{ flags: "--follow", env: "FOLLOW", text: "" },
	{ flags: "--no-owner", env: "NO_OWNER", text: "" },
	{ flags: "--yes", text: "" },
];

describe("options by environment", () => {
	for (const [what, given, env, expected] of [
		["a value", {}, { ROWS: "7" }, { batchRows: "7" }],
		["not what is said", { batchRows: "8" }, { ROWS: "7" }, { batchRows: "8" }],
		["nothing from an empty variable", {}, { ROWS: "", FOLLOW: "" }, {}],
		["a switch that is true", {}, { FOLLOW: "true" }, { follow: true }],
		["a switch that is 1", {}, { FOLLOW: "1" }, { follow: true }],
		["no switch that is false", {}, { FOLLOW: "false" }, {}],
		["no switch that is 0", {}, { FOLLOW: "0" }, {}],
		[
			"not a switch that is said",
			{ follow: true },
			{ FOLLOW: "no" },
			{ follow: true },
		],
		[
			"a switch that takes away",
			{ owner: true },
			{ NO_OWNER: "yes" },
			{ owner: false },
		],
		[
			"no switch that takes nothing away",
			{ owner: true },
			{ NO_OWNER: "off" },
			{ owner: true },
		],
		["no yes", {}, { YES: "true", CUTOVER_YES: "true" }, {}],
	] as const) {
		it(`are ${what}`, () => {
			assert.deepEqual(
				fillFromEnvironment(specs, given, env).options,
				expected,
			);
		});
	}

	it("name the variable of a switch that says something else, and do not repeat it", () => {
		assert.throws(() => fillFromEnvironment(specs, {}, { FOLLOW: "s3cret" }), {
			name: "UsageError",
			message: "FOLLOW (--follow): expected true or false, got something else",
		});
	});

	it("name the variable that a bad value came from, and the one that would do", () => {
		const { variables } = fillFromEnvironment(specs, {}, { ROWS: "many" });
		const problems = [
			{ option: "--batch-rows", text: "expected a number" },
			{ option: "--follow", text: "is needed", isMissing: true },
			{ option: "--yes", text: "is needed", isMissing: true },
		];
		assert.equal(
			describeProblems(problems, specs, variables),
			"ROWS (--batch-rows): expected a number; --follow: is needed (or FOLLOW); --yes: is needed",
		);
	});
});
