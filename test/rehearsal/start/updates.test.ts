import assert from "node:assert/strict";
import {
	remainingUpdates,
	type StackState,
} from "../../../rehearsal/start/updates.ts";

const one = { frontend: "1.0.0", backend: "1.0.0", cutover: "1.0.0" };
const two = { frontend: "2.0.0", backend: "2.0.0", cutover: "1.0.0" };

describe("the updates that are still to do", () => {
	const table: readonly [string, StackState | undefined, readonly string[]][] =
		[
			[
				"are all of them for a new stack",
				undefined,
				["provision", "backfill", "cutover", "release"],
			],
			[
				"begin with the backfill once the new system is provisioned",
				{ phase: "provision" },
				["backfill", "cutover", "release"],
			],
			[
				"begin with the cutover once the data is converted",
				{ phase: "backfill", images: one },
				["cutover", "release"],
			],
			[
				"are the second release after the cutover",
				{ phase: "live", images: one },
				["release"],
			],
			[
				"are the last one only when everything is done, to see that nothing changes",
				{ phase: "live", images: two },
				["release"],
			],
			[
				"begin with the backfill again when a stack in backfill runs images that no update names",
				{ phase: "backfill", images: { ...one, backend: "0.9.0" } },
				["backfill", "cutover", "release"],
			],
			[
				"never take the traffic back from a live stack whose images no update names",
				{ phase: "live", images: { ...two, backend: "2.0.1" } },
				["release"],
			],
		];
	for (const [title, state, expected] of table) {
		it(title, () => {
			assert.deepEqual(
				remainingUpdates(state).map((update) => update.name),
				expected,
			);
		});
	}
});
