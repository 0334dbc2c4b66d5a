import assert from "node:assert/strict";
import {
	decideDiff,
	formatPath,
	unknown,
} from "../../../rehearsal/cloud/diff.ts";

describe("what new inputs mean for a resource", () => {
	const handler = {
		replaceOn: ["name", "network.subnets"],
		deleteBeforeReplace: true,
	};

	it("sees no change in equal inputs, however their keys are ordered", () => {
		const decision = decideDiff(
			handler,
			{ a: { x: 1, y: [1, 2] }, gone: null },
			{ a: { y: [1, 2], x: 1 }, gone: undefined },
		);
		assert.deepEqual(decision, {
			differences: [],
			changed: [],
			replaces: [],
			deleteBeforeReplace: false,
		});
	});

	it("names the path of each change", () => {
		const decision = decideDiff(
			handler,
			{ list: [{ port: 1 }], tags: { "a.b": "x" } },
			{ list: [{ port: 2 }, { port: 3 }], size: 1 },
		);
		assert.deepEqual(
			decision.differences.map(({ path, kind }) => [path, kind]),
			[
				["list[0].port", "update"],
				["list[1]", "add"],
				["tags", "delete"],
				["size", "add"],
			],
		);
		assert.deepEqual(decision.replaces, []);
	});

	it("replaces when an immutable input changes, and deletes first where two cannot stand beside each other", () => {
		const decision = decideDiff(handler, { name: "a" }, { name: "b" });
		assert.deepEqual(decision.replaces, ["name"]);
		assert.equal(decision.deleteBeforeReplace, true);
	});

	it("replaces for a change inside an immutable path, whatever its position in a list", () => {
		const inside = decideDiff(
			handler,
			{ network: { subnets: ["a", "b"], publicIp: true } },
			{ network: { subnets: ["a", "c"], publicIp: true } },
		);
		assert.deepEqual(inside.replaces, ["network"]);
		const beside = decideDiff(
			handler,
			{ network: { subnets: ["a"], publicIp: true } },
			{ network: { subnets: ["a"], publicIp: false } },
		);
		assert.deepEqual(beside.replaces, []);
	});

	it("counts a value that is not known yet as changed", () => {
		const decision = decideDiff(handler, { name: "a" }, { name: unknown });
		assert.deepEqual(decision.replaces, ["name"]);
	});

	it("quotes parts of a path that are no words", () => {
		assert.equal(formatPath(["tags", "a.b", "0"]), 'tags["a.b"][0]');
	});
});
