import assert from "node:assert/strict";
import { programIn } from "../programs.ts";

interface Policy {
	readonly Statement: readonly {
		readonly Action: readonly string[];
		readonly Resource: readonly string[];
	}[];
}

async function policies(): Promise<ReadonlyMap<string, Policy>> {
	const program = await programIn("live");
	return new Map(
		program
			.ofType("aws:iam/rolePolicy:RolePolicy")
			.map(({ name, inputs }) => [name, JSON.parse(String(inputs.policy))]),
	);
}

describe("createTaskRoles", () => {
	it("names its resources, but for the one action that AWS lets nobody restrict", async () => {
		for (const [name, { Statement }] of await policies()) {
			for (const { Action, Resource } of Statement) {
				if (Resource.includes("*")) {
					assert.deepEqual(Action, ["ecr:GetAuthorizationToken"], name);
				}
				assert.ok(!Action.some((action) => action.includes("*")), name);
			}
		}
	});

	it("gives the frontend's code nothing", async () => {
		assert.equal((await policies()).has("trusted-login-frontend-task"), false);
	});

	it("lets only the schema job write a secret", async () => {
		const writers = [...(await policies())]
			.filter(([, policy]) =>
				JSON.stringify(policy).includes("secretsmanager:PutSecretValue"),
			)
			.map(([name]) => name);
		assert.deepEqual(writers, ["trusted-login-schema-task"]);
	});

	it("lets only the jobs that read it have the legacy database's address", async () => {
		const readers = [...(await policies())]
			.filter(([, policy]) =>
				JSON.stringify(policy).includes("legacy-database-url"),
			)
			.map(([name]) => name);
		assert.deepEqual(readers.sort(), [
			"trusted-login-convert-execution",
			"trusted-login-final-sync-execution",
		]);
	});
});
