import assert from "node:assert/strict";
import { parseArguments } from "../../../bench/arguments.ts";
import { shares } from "../../../bench/crash/campaign.ts";
import type { CaseResult } from "../../../bench/crash/case.ts";
import { differenceOf } from "../../../bench/crash/compare.ts";
import { judge } from "../../../bench/crash/goals.ts";
import { optionsOf } from "../../../bench/crash/options.ts";
import { type Report, renderReport } from "../../../bench/crash/report.ts";

const sound: CaseResult = {
	phase: "load",
	disturbance: "SIGKILL",
	number: 1,
	strikes: [{ afterMs: 5, isInPhase: true, wastedRows: 600 }],
	difference: { lost: 0, extra: 0, examples: [] },
	problems: [],
	complaints: [],
	finishSeconds: 1,
};

function reportOf(one: Partial<CaseResult>): Report {
	return {
		date: "2026-11-25",
		command: "npm run bench:crash",
		machine: "2 cores",
		options: optionsOf([]).parse({}),
		runs: [
			{
				phase: "load",
				disturbance: "SIGKILL",
				wanted: 1,
				cases: [{ ...sound, ...one }],
			},
		],
		fullDisks: { cases: [], missing: "needs root" },
		again: undefined,
		missing: [{ phase: "backup", missing: "there is no cutover backup yet" }],
		minutes: 1,
	};
}

const outcomes = (one: Partial<CaseResult>) =>
	new Map(judge(reportOf(one)).map(({ name, outcome }) => [name, outcome]));

describe("the crash bench", () => {
	it("finds rows that are lost, and rows that are there twice or wrong", () => {
		const wanted = { users: "a\nb\nc" };
		assert.deepEqual(differenceOf(wanted, { users: "c\nb\na" }), {
			lost: 0,
			extra: 0,
			examples: [],
		});
		assert.deepEqual(differenceOf(wanted, { users: "a\na\nx" }), {
			lost: 2,
			extra: 2,
			examples: [
				"extra users: a",
				"extra users: x",
				"lost users: b",
				"lost users: c",
			],
		});
	});

	it("shares blows out as evenly as can be", () => {
		assert.deepEqual(shares(10, 3), [4, 3, 3]);
		assert.deepEqual(shares(2, 4), [1, 1, 0, 0]);
	});

	it("fails for every row lost or doubled, every problem, and for work repeated beyond workers × batch", () => {
		const { difference } = sound;
		for (const [name, one] of [
			["rows lost", { difference: { ...difference, lost: 1 } }],
			["rows doubled or wrong", { difference: { ...difference, extra: 1 } }],
			["other problems", { problems: ["a session is left"] }],
			[
				"rows written in vain per kill",
				{ strikes: [{ afterMs: 5, isInPhase: true, wastedRows: 601 }] },
			],
		] as const) {
			assert.equal(outcomes({}).get(name), "passed", name);
			assert.equal(outcomes(one).get(name), "failed", name);
		}
	});

	it("never calls passed what was not run, or not often enough", () => {
		for (const name of [
			"kills",
			"restarts of the source",
			"cut connections",
			"full disks",
			"phase backup",
		]) {
			assert.equal(outcomes({}).get(name), "not run", name);
		}
	});

	it("says in its report what was not run, and why", () => {
		const report = reportOf({ problems: ["a session is left"] });
		const text = renderReport(report, judge(report));
		assert.match(text, /Full disks: not run: needs root\./);
		assert.match(text, /Phase backup: \*\*not run\*\*: there is no/);
		assert.match(text, /- load, SIGKILL, case 1: a session is left/);
	});

	it("names phases that it knows when it is asked for another", () => {
		const parse = (argv: readonly string[]) =>
			parseArguments(argv, {
				name: "crash",
				about: "",
				options: optionsOf(["load", "sync"]),
			});
		assert.throws(
			() => parse(["--phase", "lunch"]),
			/--phase: .*expected one of "load"\|"sync"/,
		);
		assert.throws(() => parse(["--kills=-1"]), /--kills: /);
		assert.equal(parse(["--full-disks", "3"]).fullDisks, 3);
	});
});
