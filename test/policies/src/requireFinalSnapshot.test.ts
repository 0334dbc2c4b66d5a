import assert from "node:assert/strict";
import { requireFinalSnapshot } from "../../../policies/src/requireFinalSnapshot.ts";
import { cluster, instance } from "../fixtures.ts";
import { judge } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

describe("requireFinalSnapshot", () => {
	const skipped =
		"expected skipFinalSnapshot false, got true; set skipFinalSnapshot: false";
	const unnamed =
		"expected a finalSnapshotIdentifier, got an empty text; name the final snapshot";
	testRule({
		policy: requireFinalSnapshot,
		compliant: { instance, cluster },
		broken: [
			["a skipped snapshot", "instance", ["skipFinalSnapshot"], true, skipped],
			[
				"a skipped snapshot of a cluster",
				"cluster",
				["skipFinalSnapshot"],
				true,
				skipped,
			],
			[
				"a snapshot without a name",
				"instance",
				["finalSnapshotIdentifier"],
				"",
				unnamed,
			],
		],
		needed: [
			["instance", ["skipFinalSnapshot"]],
			["instance", ["finalSnapshotIdentifier"]],
		],
	});

	it("only advises on staging, which holds copies", async () => {
		const broken = change(instance, ["skipFinalSnapshot"], true);
		const [violation] = await judge(requireFinalSnapshot(), {
			...broken,
			stack: "staging",
		});
		assert.equal(violation?.level, "advisory");
	});
});
