import assert from "node:assert/strict";
import { resourceRules } from "../../policies/src/rules.ts";
import { judge } from "./judge.ts";
import { type StackName, stackProgram } from "./stacks.ts";

interface Reported {
	readonly rule: string;
	readonly level: string;
	readonly message: string;
}

/** What the whole pack says about a stack's program. */
async function reportedBy(stack: StackName): Promise<Reported[]> {
	const { recording, provider } = await stackProgram(stack);
	const reported: Reported[] = [];
	for (const { type, name, inputs, protect } of recording.resources) {
		const resource = { type, name, props: { ...inputs }, stack, protect };
		for (const policy of resourceRules()) {
			const violations = await judge(policy, {
				...resource,
				...(type.startsWith("aws:") ? { provider } : {}),
			});
			for (const { level, message } of violations) {
				reported.push({
					rule: policy.name,
					level: level ?? "mandatory",
					message,
				});
			}
		}
	}
	return reported;
}

describe("The pack and the program", () => {
	// The last phase has every resource of the earlier ones.
	it("finds nothing in prod", async () => {
		assert.deepEqual(await reportedBy("prod"), []);
	});

	it("finds in staging only what its file relaxes, and stops nothing", async () => {
		const reported = await reportedBy("staging");
		assert.deepEqual(
			reported.filter(({ level }) => level !== "advisory"),
			[],
		);
		assert.deepEqual([...new Set(reported.map(({ rule }) => rule))].sort(), [
			"require-deletion-protection",
			"require-final-snapshot",
			"require-multi-az",
		]);
	});

	it("stops nothing in dev", async () => {
		const reported = await reportedBy("dev");
		assert.notEqual(reported.length, 0);
		assert.deepEqual(
			reported.filter(({ level }) => level !== "advisory"),
			[],
		);
	});
});
