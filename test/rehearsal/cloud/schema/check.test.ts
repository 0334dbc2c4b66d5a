import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { unknown } from "../../../../rehearsal/cloud/diff.ts";
import { handlers } from "../../../../rehearsal/cloud/handlers.ts";
import { checkInputs } from "../../../../rehearsal/cloud/schema/check.ts";
import { awsSchema } from "../../../../rehearsal/cloud/schema/schema.ts";

const service = "aws:ecs/service:Service";
const check = (type: string, inputs: Record<string, unknown>) =>
	checkInputs(awsSchema, type, inputs).map(
		({ property, reason }) => `${property}: ${reason}`,
	);

describe("inputs against the provider's types", () => {
	it("takes a load balancer with its advanced configuration", () => {
		const inputs = {
			loadBalancers: [
				{
					containerName: "app",
					containerPort: 80,
					advancedConfiguration: {
						alternateTargetGroupArn: "arn",
						productionListenerRule: "arn",
						roleArn: "arn",
					},
				},
			],
		};
		assert.deepEqual(check(service, inputs), []);
	});

	it("names the whole path of a missing property", () => {
		const inputs = {
			loadBalancers: [
				{
					containerName: "app",
					containerPort: 80,
					advancedConfiguration: {
						alternateTargetGroupArn: "arn",
						roleArn: "arn",
					},
				},
			],
		};
		assert.deepEqual(check(service, inputs), [
			"loadBalancers[0].advancedConfiguration.productionListenerRule: missing required property",
		]);
	});

	it("refuses a property that the type does not have, and says what there is", () => {
		assert.deepEqual(check("aws:s3/bucket:Bucket", { forceDestroyy: true }), [
			"forceDestroyy: unknown property; there is forceDestroy",
		]);
	});

	it("refuses a value of another kind", () => {
		assert.deepEqual(
			check("aws:ec2/vpc:Vpc", {
				cidrBlock: 10,
				tags: { Name: ["x"] },
				enableDnsSupport: "yes",
			}),
			[
				"cidrBlock: expected a string, got a number",
				"tags.Name: expected a string, got an array",
				"enableDnsSupport: expected a boolean, got a string",
			],
		);
	});

	it("lets values pass that are not known yet, also inside lists and for required ones", () => {
		assert.deepEqual(
			check("aws:ec2/subnet:Subnet", { vpcId: unknown, tags: unknown }),
			[],
		);
		assert.deepEqual(
			check(service, { loadBalancers: [unknown], desiredCount: unknown }),
			[],
		);
	});

	it("takes a policy as text or as an object", () => {
		const role = "aws:iam/role:Role";
		assert.deepEqual(check(role, { assumeRolePolicy: "{}" }), []);
		assert.deepEqual(
			check(role, { assumeRolePolicy: { Version: "2012-10-17" } }),
			[],
		);
		assert.deepEqual(check(role, {}), [
			"assumeRolePolicy: missing required property",
		]);
	});

	it("refuses a type that the laptop cloud does not have", () => {
		assert.deepEqual(check("aws:sqs/queue:Queue", {}), [
			": the laptop cloud does not have the type aws:sqs/queue:Queue",
		]);
	});

	it("knows the inputs of every type that has a handler, and the other way round", () => {
		assert.deepEqual(
			Object.keys(handlers).sort(),
			Object.keys(awsSchema.resources).sort(),
		);
	});

	it("was read from the installed version of the provider's package", () => {
		const manifest = createRequire(import.meta.url).resolve(
			"@pulumi/aws/package.json",
		);
		const { version } = JSON.parse(readFileSync(manifest, "utf8")) as {
			version: string;
		};
		assert.equal(awsSchema.version, version);
	});
});
