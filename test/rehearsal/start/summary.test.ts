import assert from "node:assert/strict";
import {
	findProblems,
	formatSummary,
	type Summary,
} from "../../../rehearsal/start/summary.ts";

const good: Summary = {
	rows: [
		{
			table: "users",
			source: 1000,
			migrated: 990,
			quarantined: 10,
			bornOnTarget: 3,
		},
	],
	load: {
		requests: 2000,
		failed: 0,
		failures: [],
		refused: 4,
		refusalWindowMs: 900,
		byRelease: { legacy: 1000, "1.0.0": 1000 },
		acknowledgedWrites: 150,
		slowUploads: 20,
		newConnections: 400,
		latencyMs: { p50: 3, p95: 9, p99: 20, max: 80 },
		seconds: 10,
	},
	ledger: { lookedUp: 150, lost: [] },
	signIns: { tried: 5, worked: 5 },
	urls: { frontend: "https://trusted-login.com:8443" },
	seconds: 60,
	peakResidentBytes: 1.2e9,
};

describe("the summary of a run", () => {
	it("finds no problem in a run that kept its promises", () => {
		assert.deepEqual(findProblems(good), []);
		assert.match(formatSummary(good), /2000 requests, 0 failed/);
		assert.match(formatSummary(good), /every promise kept/);
	});

	const load = good.load;
	const table: readonly [string, Partial<Summary>, RegExp][] = [
		[
			"a row that is neither migrated nor quarantined",
			{
				rows: [
					{
						table: "users",
						source: 1000,
						migrated: 989,
						quarantined: 10,
						bornOnTarget: 0,
					},
				],
			},
			/users: 1000 in the source/,
		],
		["row counts that could not be read", { rows: [] }, /no row counts/],
		[
			"a failed request, with what came back",
			{
				load: load && { ...load, failed: 1, failures: ["GET /: answered 502"] },
			},
			/1 requests failed.*502/,
		],
		[
			"a refusal window over two seconds",
			{ load: load && { ...load, refusalWindowMs: 2001 } },
			/refused for 2001 ms/,
		],
		[
			"a lost write, by name",
			{
				ledger: {
					lookedUp: 150,
					lost: ["workflow 7 of a@example.com: answered 404"],
				},
			},
			/1 acknowledged writes are lost.*workflow 7/,
		],
		[
			"a legacy user who cannot sign in",
			{ signIns: { tried: 5, worked: 4 } },
			/1 of 5 legacy users/,
		],
	];
	for (const [title, change, expected] of table) {
		it(`names ${title}`, () => {
			const problems = findProblems({ ...good, ...change });
			assert.equal(problems.length, 1);
			assert.match(problems[0] ?? "", expected);
		});
	}
});
