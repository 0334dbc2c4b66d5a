import assert from "node:assert/strict";
import fc from "fast-check";
import { planTurns, roundMs, turnsOf } from "../../../cutover/src/perf/plan.ts";
import type { Side } from "../../../cutover/src/perf/side.ts";

const probe = fc.record({
	name: fc.uuid(),
	perBlock: fc.integer({ min: 1, max: 100 }),
	ms: fc.double({ min: 0.05, max: 5_000, noNaN: true }),
});

const side = (label: string): Side => ({
	label,
	server: "",
	samplers: new Map(),
	dataSet: undefined,
	close: async () => undefined,
});

describe("how many answers a turn measures", () => {
	it("is as many as wanted where a round fits into its time", () => {
		const probes = [{ name: "a", perBlock: 15, ms: 1 }];
		assert.deepEqual([...planTurns(probes, 4, 1_000)], [["a", 15]]);
	});

	it("leaves the quick ones their share beside a slow one", () => {
		const plan = planTurns(
			[
				{ name: "slow", perBlock: 15, ms: 100 },
				{ name: "quick", perBlock: 15, ms: 1 },
			],
			4,
			1_000,
		);
		assert.deepEqual([plan.get("slow"), plan.get("quick")], [2, 15]);
	});

	it("asks at least once and at most as often as wanted, and keeps to the time where that is possible", () => {
		fc.assert(
			fc.property(
				fc.array(probe, { minLength: 1, maxLength: 8 }),
				fc.integer({ min: 10, max: 5_000 }),
				(probes, budgetMs) => {
					const plan = planTurns(probes, 4, budgetMs);
					for (const { name, perBlock } of probes) {
						const count = plan.get(name) ?? 0;
						assert.ok(count >= 1 && count <= perBlock);
					}
					const least = new Map(probes.map(({ name }) => [name, 1]));
					assert.ok(
						roundMs(probes, plan, 4) <=
							Math.max(budgetMs, roundMs(probes, least, 4)) + 1e-6,
					);
				},
			),
		);
	});
});

describe("whose turn it is", () => {
	it("is ABBA and BAAB in turn", () => {
		const sides = [side("A"), side("B")];
		const order = (round: number) =>
			turnsOf(sides, round)
				.map(({ label }) => label)
				.join("");
		assert.deepEqual([0, 1, 2].map(order), ["ABBA", "BAAB", "ABBA"]);
	});

	it("is the only one's twice", () => {
		assert.equal(turnsOf([side("A")], 0).length, 2);
	});
});
