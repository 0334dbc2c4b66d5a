import assert from "node:assert/strict";
import { Secret } from "@pulumi/policy";
import { requireTags } from "../../../policies/src/requireTags.ts";
import { type Judged, messagesOf, remedied, unknown } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const vpc: Judged = {
	type: "aws:ec2/vpc:Vpc",
	props: { tags: { project: "trusted-login", stack: "prod" } },
};
const untagged = change(vpc, ["tags"], undefined);
const missing = (tag: string, got = "nothing") =>
	`expected tag ${tag}, got ${got}; set it in aws:defaultTags of the stack file, or in the resource's tags`;
const defaultTags = { tags: { project: "trusted-login", stack: "prod" } };

describe("requireTags", () => {
	testRule({
		policy: requireTags,
		compliant: {
			vpc,
			"what a default provider tags": {
				...untagged,
				provider: { defaultTags: JSON.stringify(defaultTags) },
			},
			"what a provider of its own tags": {
				...untagged,
				provider: { defaultTags },
			},
			"what a provider may tag, of which a preview cannot know": {
				...untagged,
				provider: { defaultTags: unknown },
			},
		},
		broken: [
			[
				"a tag without a value",
				"vpc",
				["tags", "stack"],
				"",
				missing("stack", "an empty text"),
			],
		],
		needed: [
			["vpc", ["tags"]],
			["vpc", ["tags", "project"]],
			["vpc", ["tags", "stack"]],
		],
	});

	it("fills in project and stack, keeps the others, and does it once", async () => {
		const named = change(vpc, ["tags"], { Name: "vpc", stack: "" });
		const once = await remedied(requireTags(), named);
		assert.deepEqual(once, {
			tags: { Name: "vpc", project: "trusted-login", stack: "prod" },
		});
		const again = { ...vpc, props: { ...once } };
		assert.equal(await remedied(requireTags(), again), undefined);
		assert.deepEqual(await messagesOf(requireTags(), again), []);
	});

	it("makes tags where there are none", async () => {
		assert.deepEqual(await remedied(requireTags(), untagged), vpc.props);
	});

	it("changes nothing that the provider tags, or that a preview cannot know", async () => {
		for (const resource of [
			{ ...untagged, provider: { defaultTags } },
			change(vpc, ["tags"], unknown),
			{ ...untagged, type: "aws:ec2/route:Route" },
		]) {
			assert.equal(await remedied(requireTags(), resource), undefined);
		}
	});

	it("guesses no other tag, and reports it", async () => {
		const config = { tags: ["owner"] };
		assert.equal(await remedied(requireTags(), vpc, config), undefined);
		assert.deepEqual(await messagesOf(requireTags(), vpc, config), [
			`it: ${missing("owner")}`,
		]);
	});

	it("keeps the resource's secrets secret", async () => {
		const instance: Judged = {
			type: "aws:rds/instance:Instance",
			props: { password: new Secret("hidden"), port: unknown },
		};
		const { password, port } = (await remedied(requireTags(), instance)) ?? {};
		assert.ok(password instanceof Secret);
		assert.equal(port, unknown);
	});
});
