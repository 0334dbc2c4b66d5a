import assert from "node:assert/strict";
import type { Fingerprint } from "../../../cutover/src/perf/baseline.ts";
import { differences } from "../../../cutover/src/perf/fingerprint.ts";

const usual: Fingerprint = {
	generator: "generator 1",
	vantage: "host: 2 cores",
	scenario: "abc",
	dataSet: { users: 1000, workflows: 500 },
	referenceMs: 0.2,
};

const { dataSet: _, ...withoutDataSet } = usual;

describe("whether two measurements can be compared", () => {
	const table: readonly (readonly [
		what: string,
		after: Fingerprint | undefined,
		reasons: readonly string[],
	])[] = [
		["the same", usual, []],
		["a server of another name and nothing else", { ...usual }, []],
		[
			"another generator",
			{ ...usual, generator: "generator 2" },
			["load generator differs: generator 1 before, generator 2 after"],
		],
		[
			"another vantage point",
			{ ...usual, vantage: "laptop: 8 cores" },
			["vantage point differs: host: 2 cores before, laptop: 8 cores after"],
		],
		[
			"another scenario",
			{ ...usual, scenario: "xyz" },
			["scenario differs: abc before, xyz after"],
		],
		[
			"quarantined rows that stayed behind",
			{ ...usual, dataSet: { users: 968, workflows: 484 } },
			[],
		],
		[
			"a tenth of the rows",
			{ ...usual, dataSet: { users: 100, workflows: 500 } },
			["data set differs: 1000 users before, 100 after"],
		],
		["a data set that is not known", withoutDataSet, []],
		["a generator a little slower", { ...usual, referenceMs: 0.22 }, []],
		[
			"a generator much slower",
			{ ...usual, referenceMs: 0.3 },
			[
				"the load generator itself needed 0.2 ms for an empty answer before and 0.3 ms after; measure again on a quiet machine",
			],
		],
		[
			"no fingerprint",
			undefined,
			[
				"a baseline without fingerprint cannot be compared; measure with cutover perf baseline",
			],
		],
	];
	for (const [what, after, reasons] of table) {
		it(`${reasons.length === 0 ? "can" : "cannot"} with ${what}`, () => {
			assert.deepEqual(differences(usual, after), reasons);
		});
	}
});
