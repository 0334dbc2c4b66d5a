import assert from "node:assert/strict";
import { splitMigration } from "../../../cutover/src/adapters/migrations.ts";
import { trustedLogin } from "../../../cutover/src/conversion/trustedLogin.ts";
import { loadsOf } from "../../../cutover/src/convert/entities.ts";
import {
	description,
	hashMigrations,
} from "../../../cutover/src/schema/description.ts";
import {
	compareMigrations,
	requireKnown,
} from "../../../cutover/src/schema/knownMigrations.ts";
import {
	rollbackGoal,
	stepsTo,
} from "../../../cutover/src/schema/rollbackPlan.ts";
import { neededColumns } from "../../../cutover/src/schema/supabase.ts";

const all = ["1_one", "2_two", "3_three"];

describe("the migrations", () => {
	it("are the ones that the description is of; after a change: npm run schema:describe", async () => {
		assert.deepEqual(await hashMigrations(), description.migrations);
	});

	it("are cut into an up and a down part", () => {
		assert.deepEqual(
			splitMigration("-- Up Migration\nA;\n\n-- Down Migration\nB;\n"),
			["-- Up Migration\nA;\n\n", "\nB;\n"],
		);
		assert.deepEqual(splitMigration("A; -- Down Migration\n"), [
			"A; -- Down Migration\n",
		]);
	});

	it("are compared with what the target holds", () => {
		assert.deepEqual(compareMigrations(all, ["1_one", "9_nine"]), {
			applied: ["1_one", "9_nine"],
			missing: ["2_two", "3_three"],
			unknown: ["9_nine"],
		});
	});

	for (const [applied, message] of [
		[[], undefined],
		[["1_one"], undefined],
		[all, undefined],
		[
			[...all, "4_four"],
			/got 4_four; use the version of cutover that brought it; nothing was changed/,
		],
		[["1_one", "3_three"], /the target holds 3_three without 2_two before it/],
	] as const) {
		it(`${message === undefined ? "may" : "must not"} be touched where the target holds ${applied.join(", ") || "none"}`, () => {
			const check = () => requireKnown(compareMigrations(all, applied));
			if (message === undefined) check();
			else assert.throws(check, message);
		});
	}

	it("read and write on Supabase Auth's tables only columns that diff asks for", () => {
		const rules = {
			namespace: "00000000-0000-0000-0000-000000000000",
			timeZone: "UTC",
			mapping: trustedLogin,
			duplicates: "keep-last-signed-in",
			startedAt: "2026-01-01T00:00:00Z",
		} as const;
		const loads = loadsOf("legacy_users", rules).filter((load) =>
			load.target.startsWith("auth."),
		);
		assert.deepEqual(
			loads.map((load) => load.target),
			Object.keys(neededColumns),
		);
		for (const { target, columns } of loads) {
			const unasked = columns.filter(
				(name) => !neededColumns[target]?.includes(name),
			);
			assert.deepEqual(unasked, [], target);
		}
	});
});

describe("the goal of a rollback", () => {
	for (const [applied, wish, goal, steps] of [
		[all, {}, 2, ["3_three"]],
		[all, { steps: 2 }, 1, ["3_three", "2_two"]],
		[all, { steps: 9 }, 0, ["3_three", "2_two", "1_one"]],
		[all, { to: 0 }, 0, ["3_three", "2_two", "1_one"]],
		[all, { to: 2 }, 2, ["3_three"]],
		[all, { to: 3 }, 3, []],
		[all, { to: 7 }, 7, []],
		[[], {}, 0, []],
	] as const) {
		it(`is ${goal} for ${JSON.stringify(wish)} where ${applied.length} are applied`, () => {
			assert.equal(rollbackGoal(applied, wish), goal);
			assert.deepEqual(stepsTo(goal, applied), steps);
		});
	}

	it("is none for a wish that makes no sense", () => {
		assert.throws(
			() => rollbackGoal(all, { to: 1, steps: 1 }),
			/--to and --steps exclude each other: give one of them/,
		);
		assert.throws(
			() => rollbackGoal(["1_one", "20_two"], { to: 7 }),
			/--to: expected 0, 1, 20, got 7; the numbers are those of the migrations: 1_one, 20_two/,
		);
	});
});
