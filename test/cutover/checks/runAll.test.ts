import assert from "node:assert/strict";
import {
	type CheckSpec,
	failed,
	NotRunError,
	passed,
} from "../../../cutover/src/checks/check.ts";
import { Made } from "../../../cutover/src/checks/made.ts";
import { planSchema } from "../../../cutover/src/checks/plan.ts";
import { runAll } from "../../../cutover/src/checks/runAll.ts";
import type { World } from "../../../cutover/src/checks/world.ts";
import { silentTalk } from "../../../cutover/src/console.ts";

const plan = planSchema.parse({ limits: { checkSeconds: 1 } });

/** As much of the world as these checks use. */
const world = () => ({ plan, talk: silentTalk }) as unknown as World;

const spec = (name: string, more: Partial<CheckSpec> = {}): CheckSpec => ({
	name,
	group: "Security",
	expected: "good",
	run: async () => passed("good"),
	...more,
});

async function outcomes(
	specs: readonly CheckSpec[],
	selection: { categories?: readonly string[]; skip?: readonly string[] } = {},
	signal = new AbortController().signal,
) {
	const checks = await runAll(
		specs,
		world(),
		{ categories: ["Security"], skip: [], ...selection },
		signal,
	);
	return checks.map(({ name, outcome, actual }) => [name, outcome, actual]);
}

describe("a run of checks", () => {
	it("counts one fault once: what builds on it is not run", async () => {
		assert.deepEqual(
			await outcomes([
				spec("a", { run: async () => failed("bad") }),
				spec("b", { needs: ["a"] }),
				spec("c", { needs: ["b"] }),
				spec("d"),
			]),
			[
				["a", "failed", "bad"],
				["b", "not run", "needs a, which did not pass"],
				["c", "not run", "needs b, which did not pass"],
				["d", "passed", "good"],
			],
		);
	});

	it("does what a wanted check builds on, and nothing else of other categories", async () => {
		const other = { group: "Functionality" };
		const found = await outcomes([
			spec("base", other),
			spec("left", other),
			spec("maker", { ...other, needs: ["base"] }),
			spec("wanted", { after: ["maker"] }),
		]);
		assert.deepEqual(
			found.map(([name]) => name),
			["base", "maker", "wanted"],
		);
	});

	it("keeps what is left out visible", async () => {
		assert.deepEqual(await outcomes([spec("a")], { skip: ["a"] }), [
			["a", "not run", "left out by the configuration"],
		]);
	});

	it("fails a check that throws or does not end, and leaves one open that cannot look", async () => {
		const throws = (error: Error) => async () => {
			throw error;
		};
		assert.deepEqual(
			await outcomes([
				spec("throws", { run: throws(new Error("broken")) }),
				spec("hangs", { run: () => new Promise(() => undefined) }),
				spec("cannot", { run: throws(new NotRunError("no eyes")) }),
			]),
			[
				["throws", "failed", "broken"],
				["hangs", "failed", "not done within 1 s"],
				["cannot", "not run", "no eyes"],
			],
		);
	});

	it("keeps what was found when it is stopped", async () => {
		const stop = new AbortController();
		const found = await outcomes(
			[
				spec("a"),
				spec("b", {
					run: () => {
						stop.abort();
						return new Promise(() => undefined);
					},
				}),
				spec("c"),
			],
			{},
			stop.signal,
		);
		assert.deepEqual(
			found.map(([, outcome, actual]) => `${outcome}: ${actual}`),
			[
				"passed: good",
				"not run: stopped in the middle of it",
				"not run: stopped before it",
			],
		);
	});
});

describe("what the checks made", () => {
	it("is removed newest first, each whatever becomes of the others", async () => {
		const made = new Made();
		const gone: string[] = [];
		const thing = (what: string, remove: () => Promise<string | undefined>) =>
			made.add({ what, byHand: `remove ${what}`, remove });
		thing("user", async () => {
			gone.push("user");
			return undefined;
		});
		thing("workflow", async () => {
			throw new Error("refused");
		});
		thing("file", async () => {
			gone.push("file");
			return undefined;
		});
		assert.deepEqual(await made.removeAll(), [
			"workflow stays (refused); remove workflow",
		]);
		assert.deepEqual(gone, ["file", "user"]);
		assert.deepEqual(await made.removeAll(), []);
	});

	it("includes what is still being made", async () => {
		const made = new Made();
		let answer: (id: number) => void = () => undefined;
		const asked = new Promise<number>((resolve) => {
			answer = resolve;
		});
		let removed: number | undefined;
		const check = (async () => {
			const id = await made.making(asked);
			made.add({
				what: "file",
				byHand: "",
				async remove() {
					removed = id;
					return undefined;
				},
			});
		})();
		const tidied = made.removeAll();
		answer(7);
		await Promise.all([check, tidied]);
		assert.equal(removed, 7);
	});
});
