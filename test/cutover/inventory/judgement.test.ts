import assert from "node:assert/strict";
import type { Answers } from "../../../cutover/src/inventory/answers.ts";
import { buildChecklist } from "../../../cutover/src/inventory/checklist.ts";
import type { Inventory } from "../../../cutover/src/inventory/facts.ts";
import { judgeInventory } from "../../../cutover/src/inventory/judgement.ts";
import { findRisks } from "../../../cutover/src/inventory/risks/index.ts";
import { sound } from "./sound.ts";

function judge(inventory: Inventory, answers: Answers = {}) {
	const risks = findRisks(inventory);
	const checklist = buildChecklist(inventory, risks, answers, "2026-08-01");
	return judgeInventory(inventory, risks, checklist, {
		reports: ["reports/inventory.md"],
		seconds: 1,
	});
}

const unread: Inventory = {
	...sound,
	unread: [
		{ part: "schema dump", what: "legacy_schema.sql", why: "no pg_dump" },
	],
};

const covered: Answers = {
	"inventory-complete": {
		by: "Ada",
		on: "2026-07-01",
		statement: "dumped by hand",
		covers: ["schema dump: legacy_schema.sql"],
	},
};

describe("what an inventory comes to", () => {
	it("passed, with everything read and answered", () => {
		const result = judge(sound);
		assert.equal(result.outcome, "passed");
		assert.match(
			result.next,
			/nothing was changed; next: cutover schema apply/,
		);
	});

	it("not run, when a part could not be read: which, and why", () => {
		const result = judge(unread);
		assert.equal(result.outcome, "not run");
		const check = result.checks.find(({ name }) => name === "schema dump");
		assert.equal(check?.outcome, "not run");
		assert.deepEqual(check?.details, ["legacy_schema.sql: no pg_dump"]);
	});

	it("passed, when a person answers for the part; it is still shown as not run", () => {
		const result = judge(unread, covered);
		assert.equal(result.outcome, "passed");
		const check = result.checks.find(({ name }) => name === "schema dump");
		assert.equal(check?.outcome, "not run");
		assert.match(check?.actual ?? "", /answered for/);
	});

	it("not run, when an item of the checklist is open", () => {
		const result = judge({ ...sound, largeObjects: 1 });
		assert.equal(result.outcome, "not run");
		assert.match(result.next, /next: what was not read and what is open/);
	});

	it("failed with a blocker, whoever answers for it", () => {
		const blocked: Inventory = {
			...sound,
			server: { ...sound.server, encoding: "SQL_ASCII" },
		};
		const result = judge(blocked, {
			"risk-assessment": {
				by: "Ada",
				on: "2026-07-01",
				statement: "it will be fine",
				covers: ["encoding"],
			},
		});
		assert.equal(result.outcome, "failed");
		assert.match(result.next, /The conversion cannot run yet: encoding \(/);
	});
});
