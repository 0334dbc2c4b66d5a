import assert from "node:assert/strict";
import { mix, pick } from "../../../rehearsal/load/actions.ts";
import {
	createTally,
	judge,
	type Observation,
} from "../../../rehearsal/load/tally.ts";

const good: Observation = {
	request: "POST /api/v1/workflows",
	write: true,
	answer: 201,
	release: "1.0.0",
	retryAfter: false,
	expected: [201],
	atMs: 1000,
	tookMs: 5,
	slow: false,
	newConnection: false,
};

describe("the load generator's verdict", () => {
	const table: readonly [string, Partial<Observation>, string][] = [
		[
			"is answered for an expected status that names its release",
			{},
			"answered",
		],
		[
			"is failed for a connection error",
			{ answer: new Error("ECONNRESET") },
			"failed",
		],
		["is failed for an unexpected status", { answer: 500 }, "failed"],
		[
			"is failed for an answer without a release",
			{ release: undefined },
			"failed",
		],
		[
			"is refused for a write answered 503 with Retry-After",
			{ answer: 503, retryAfter: true },
			"refused",
		],
		[
			"is failed for a write answered 503 without Retry-After",
			{ answer: 503 },
			"failed",
		],
		[
			"is failed for a read answered 503, whatever it says",
			{ answer: 503, retryAfter: true, write: false },
			"failed",
		],
		["is failed for a 401 on a valid token", { answer: 401 }, "failed"],
	];
	for (const [title, change, kind] of table) {
		it(title, () => assert.equal(judge({ ...good, ...change }).kind, kind));
	}
});

describe("the load generator's report", () => {
	it("measures the refusal window from the first refused to the next acknowledged write", () => {
		const tally = createTally(0);
		tally.add({ ...good, atMs: 1000 });
		tally.add({ ...good, answer: 503, retryAfter: true, atMs: 1500 });
		tally.add({ ...good, answer: 503, retryAfter: true, atMs: 1900 });
		tally.add({ ...good, atMs: 2200 });
		const report = tally.report();
		assert.deepEqual(
			[report.refusalWindowMs, report.refused, report.acknowledgedWrites],
			[700, 2, 2],
		);
	});

	it("counts a window that never closed up to the last request", () => {
		const tally = createTally(0);
		tally.add({ ...good, answer: 503, retryAfter: true, atMs: 1500 });
		tally.add({
			...good,
			write: false,
			answer: 200,
			expected: [200],
			atMs: 9500,
		});
		assert.equal(tally.report().refusalWindowMs, 8000);
	});

	it("names each release it heard from, and the first failures", () => {
		const tally = createTally(0);
		tally.add(good);
		tally.add({ ...good, release: "2.0.0" });
		tally.add({ ...good, answer: 502 });
		const report = tally.report();
		assert.deepEqual(report.byRelease, { "1.0.0": 1, "2.0.0": 1 });
		assert.equal(report.failed, 1);
		assert.match(
			report.failures[0] ?? "",
			/POST \/api\/v1\/workflows: answered 502$/,
		);
	});
});

describe("the mix of requests", () => {
	it("picks every kind as often as its weight says", () => {
		const total = Object.values(mix).reduce((sum, weight) => sum + weight, 0);
		const counts: Record<string, number> = {};
		for (let i = 0; i < total; i++) {
			const name = pick((i + 0.5) / total);
			counts[name] = (counts[name] ?? 0) + 1;
		}
		assert.deepEqual(counts, mix);
	});
});
