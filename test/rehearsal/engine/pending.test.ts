import assert from "node:assert/strict";
import {
	importFile,
	nameOf,
	type PendingOperation,
	planSettlement,
	urnsToAsk,
} from "../../../rehearsal/engine/pending.ts";

const stack = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev";
const box = "urn:pulumi:dev::p::x:index:Box::box";
const urn = "urn:pulumi:dev::p::x:index:Box$aws:rds/instance:Instance::db";
const resource = { urn, type: "aws:rds/instance:Instance", parent: box };
const pending = (type: string): PendingOperation[] => [{ type, resource }];
const found = (id: string) => new Map([[urn, { found: true, id }]]);

describe("The plan for interrupted operations", () => {
	it("imports what the cloud made and the state does not know", () => {
		assert.deepEqual(planSettlement(pending("creating"), [], found("db-1")), [
			{ action: "import", resource, id: "db-1" },
		]);
	});

	for (const [title, answers] of [
		["does not have", new Map([[urn, { found: false }]])],
		["was not asked about", new Map()],
		["cannot name", new Map([[urn, { found: true }]])],
	] as const)
		it(`forgets a creation that the cloud ${title}`, () => {
			const [step] = planSettlement(pending("creating"), [], answers);
			assert.equal(step?.action, "forget");
		});

	it("forgets a creation whose result is in the state already", () => {
		const state = [{ ...resource, id: "db-1" }];
		const [step] = planSettlement(pending("creating"), state, found("db-1"));
		assert.equal(step?.action, "forget");
	});

	it("removes a half-done replacement, which the next update makes again", () => {
		const state = [{ ...resource, id: "db-1" }];
		assert.deepEqual(
			planSettlement(pending("creating"), state, found("db-2")),
			[{ action: "remove", resource, id: "db-2" }],
		);
	});

	it("imports the replacement of a resource that only waits for its deletion", () => {
		const state = [{ ...resource, id: "db-1", delete: true }];
		const [step] = planSettlement(pending("creating"), state, found("db-2"));
		assert.equal(step?.action, "import");
	});

	for (const type of ["updating", "deleting", "reading", "importing"])
		it(`reads a resource again that was interrupted while ${type}`, () => {
			assert.deepEqual(planSettlement(pending(type), [], new Map()), [
				{ action: "reread", resource, interrupted: type },
			]);
			assert.deepEqual(urnsToAsk(pending(type)), []);
		});

	it("asks the cloud about creations", () => {
		assert.deepEqual(urnsToAsk(pending("creating")), [urn]);
	});

	it("names parents in the import file, but not the stack", () => {
		const root = { urn: "urn:pulumi:dev::p::y::top", type: "y", parent: stack };
		const file = importFile([
			{ resource, id: "db-1" },
			{ resource: root, id: "t-1" },
		]);
		assert.deepEqual(JSON.parse(file), {
			nameTable: { parent0: box },
			resources: [
				{
					type: "aws:rds/instance:Instance",
					name: "db",
					id: "db-1",
					parent: "parent0",
				},
				{ type: "y", name: "top", id: "t-1" },
			],
		});
	});

	it("keeps colons of a logical name", () => {
		assert.equal(nameOf("urn:pulumi:dev::p::t::a::b"), "a::b");
	});
});
