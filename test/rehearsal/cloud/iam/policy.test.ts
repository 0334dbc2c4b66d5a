import assert from "node:assert/strict";
import { normalizePolicy } from "../../../../rehearsal/cloud/iam/policy.ts";
import { createTestCloud } from "../testCloud.ts";

const policy = {
	Version: "2012-10-17",
	Statement: [{ Effect: "Allow", Action: "sts:AssumeRole" }],
};

describe("policy documents", () => {
	it("come out as JSON text, given as text or object", () => {
		assert.equal(normalizePolicy(policy), JSON.stringify(policy));
		assert.equal(
			normalizePolicy(" {}".replace("{}", JSON.stringify(policy))),
			` ${JSON.stringify(policy)}`,
		);
	});

	for (const [name, value] of [
		["no JSON", "{"],
		["a list", "[]"],
		["no statement", "{}"],
		["an unknown effect", '{"Statement":[{"Effect":"Maybe"}]}'],
	] as const)
		it(`are refused: ${name}`, () => {
			assert.throws(() => normalizePolicy(value), /MalformedPolicyDocument/);
		});

	it("can only be attached to a role that is there", async () => {
		const test = createTestCloud();
		try {
			const attach = (role: string) =>
				test.create("aws:iam/rolePolicy:RolePolicy", {
					role,
					policy: JSON.stringify(policy),
				});
			await assert.rejects(attach("none"), /NoSuchEntity.*none/);
			const role = await test.create("aws:iam/role:Role", {
				assumeRolePolicy: policy,
			});
			assert.match(await attach(role), new RegExp(`^${role}:thing-`));
		} finally {
			test.remove();
		}
	});
});
