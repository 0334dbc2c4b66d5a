import assert from "node:assert/strict";
import type { Sampler } from "../../../cutover/src/perf/sampler.ts";
import type { Side } from "../../../cutover/src/perf/side.ts";
import { warmUp } from "../../../cutover/src/perf/warmUp.ts";

const never = new AbortController().signal;

/** A side whose nth turn answers in so many milliseconds; the last time goes on. */
function sideOf(label: string, turns: readonly number[]) {
	const asked: number[] = [];
	const sampler: Sampler = {
		name: "page",
		async take(count) {
			const time = turns[Math.min(asked.length, turns.length - 1)] ?? 1;
			asked.push(count);
			return { ms: Array(count).fill(time), asked: count, failures: [] };
		},
	};
	const side: Side = {
		label,
		server: "",
		samplers: new Map([["page", sampler]]),
		dataSet: undefined,
		close: async () => undefined,
	};
	return { side, asked };
}

const probes = [{ name: "page", perBlock: 15 }];

describe("warming up", () => {
	it("goes on until neither side becomes faster", async () => {
		const old = sideOf("before", [1]);
		const young = sideOf("after", [9, 7, 5, 3, 2, 2]);
		const found = await warmUp([old.side, young.side], probes, 0.001, never);
		// The wanted time is so short that patience may end first; what counts is that it did not end at once.
		assert.ok(young.asked.length > 1);
		assert.equal(old.asked.length, young.asked.length);
		assert.equal(found[0]?.perBlock, 15);
	});

	it("answers the time of the slower side, by its best turn", async () => {
		const found = await warmUp(
			[sideOf("before", [1]).side, sideOf("after", [4, 2, 3, 3]).side],
			probes,
			0.02,
			never,
		);
		assert.equal(found[0]?.ms, 2);
	});

	it("asks each endpoint once where no time is wanted", async () => {
		const { side, asked } = sideOf("before", [5, 1]);
		const found = await warmUp([side], probes, 0, never);
		assert.deepEqual(asked, [1]);
		assert.equal(found[0]?.ms, 5);
	});

	it("leaves an endpoint that only fails alone", async () => {
		const side: Side = {
			...sideOf("before", []).side,
			samplers: new Map([
				[
					"page",
					{
						name: "page",
						take: async () => ({
							ms: [],
							asked: 1,
							failures: ["answered 500"],
						}),
					},
				],
			]),
		};
		assert.equal((await warmUp([side], probes, 0, never)).length, 1);
	});
});
