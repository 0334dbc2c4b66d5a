import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { programIn } from "../programs.ts";

describe("ApplicationSecrets", () => {
	it("fills in the values that are known, as secrets", async () => {
		const program = await programIn("provision");
		const versions = program.ofType(
			"aws:secretsmanager/secretVersion:SecretVersion",
		);
		assert.deepEqual(
			versions.map(({ name }) => name),
			[
				"trusted-login-legacy-database-url",
				"trusted-login-jwt-secret",
				"trusted-login-canaries",
			],
		);
		for (const { name, inputs } of versions) {
			assert.ok(pulumi.runtime.isRpcSecret(inputs.secretString), name);
		}
	});

	it("shows the values nowhere else", async () => {
		const program = await programIn("live");
		const holders = program.resources.filter((resource) =>
			/legacy-password|jwt-secret-value|canary-password/.test(
				JSON.stringify(resource.inputs),
			),
		);
		assert.deepEqual(
			[...new Set(holders.map(({ type }) => type))],
			["aws:secretsmanager/secretVersion:SecretVersion"],
		);
		assert.doesNotMatch(
			JSON.stringify(program.outputs),
			/legacy-password|jwt-secret-value|canary-password/,
		);
	});

	it("declares the backend's database URL empty", async () => {
		const program = await programIn("provision");
		const { inputs } = program.get(
			"aws:secretsmanager/secret:Secret",
			"trusted-login-database-url",
		);
		assert.deepEqual(inputs, {
			name: "trusted-login-database-url",
			recoveryWindowInDays: 30,
			tags: { Name: "trusted-login-database-url" },
		});
	});
});
