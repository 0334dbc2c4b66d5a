import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { fillSettings } from "../../deploy/pulumi-deployments/fill.mjs";

/** The fields of Pulumi's API (`apitype.DeploymentSettings` of 3.250.0) that we use: a misspelt one would be dropped in silence. */
const settings = z.strictObject({
	executorContext: z.strictObject({
		executorImage: z.strictObject({ reference: z.string() }),
	}),
	sourceContext: z.strictObject({
		git: z.strictObject({ branch: z.string(), repoDir: z.literal(".") }),
	}),
	gitHub: z.strictObject({
		repository: z.string(),
		deployCommits: z.literal(false),
		previewPullRequests: z.literal(false),
		pullRequestTemplate: z.literal(false),
	}),
	operationContext: z.strictObject({
		oidc: z.strictObject({
			aws: z.strictObject({
				roleArn: z.string(),
				sessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/),
				duration: z.string().regex(/^\d+h\d+m\d+s$/),
			}),
		}),
		preRunCommands: z.array(z.string()),
		/** No secrets: they would be given to every program of a deployment. */
		environmentVariables: z.record(z.string(), z.string()),
		options: z.strictObject({
			skipInstallDependencies: z.literal(true),
			skipIntermediateDeployments: z.boolean(),
			deleteAfterDestroy: z.literal(false),
			remediateIfDriftDetected: z.literal(false),
		}),
	}),
});

const read = (stack: string): unknown =>
	JSON.parse(readFileSync(`deploy/pulumi-deployments/${stack}.json`, "utf8"));

describe("the settings of Pulumi Deployments", () => {
	for (const stack of ["staging", "prod"]) {
		it(`of ${stack} run with the pack and what a decision needs`, () => {
			const { operationContext } = settings.parse(read(stack));
			const { environmentVariables, preRunCommands } = operationContext;
			assert.equal(environmentVariables.PULUMI_OPTION_POLICY_PACK, "policies");
			assert.ok(preRunCommands.includes("npm ci"));
			for (const name of ["TRUST", "TRUST_SHA256", "EVIDENCE", "RELEASE"]) {
				assert.ok(environmentVariables[`CUTOVER_${name}`], name);
			}
		});
	}

	it("are filled from the environment", () => {
		const filled = fillSettings(
			{ a: ["<ONE>"], b: { c: "x-<TWO>" }, d: false, e: null },
			{ ONE: "1", TWO: "2" },
		);
		assert.deepEqual(filled, { a: ["1"], b: { c: "x-2" }, d: false, e: null });
	});

	it("are refused with everything named that is missing", () => {
		assert.throws(
			() => fillSettings(read("prod"), { CUTOVER_RELEASE: "2.0.0" }),
			/expected AWS_DEPLOY_ROLE_ARN, CUTOVER_EVIDENCE, CUTOVER_TRUST_SHA256, CUTOVER_TRUST_YAML, EXECUTOR_IMAGE, GITHUB_REPOSITORY in the environment, got none/,
		);
	});
});
