import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import {
	gateRules,
	resourceRules,
	stackRules,
} from "../../policies/src/rules.ts";
import { taggableTypes } from "../../policies/src/taggableTypes.ts";
import { deployment, instance, task } from "./fixtures.ts";
import { type Judged, messagesOf } from "./judge.ts";
import { change } from "./ruleTests.ts";

describe("The rules", () => {
	const rules = resourceRules();
	const all = [...gateRules(), ...rules, ...stackRules()];

	it("are one file each, whose name they bear", () => {
		const files = readdirSync("policies/src")
			.filter((file) => /^(require|disallow)/.test(file))
			.map((file) =>
				file
					.replace(".ts", "")
					.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
			);
		assert.deepEqual(all.map(({ name }) => name).sort(), files.sort());
	});

	it("are told in docs/policies.md, each in one row", () => {
		const rows = readFileSync("docs/policies.md", "utf8").match(
			/^\| `(require|disallow)-[a-z-]+`/gm,
		);
		assert.deepEqual(
			rows?.map((row) => row.slice(3, -1)).sort(),
			all.map(({ name }) => name).sort(),
		);
	});

	it("describe every setting and its default", () => {
		for (const { name, configSchema } of all) {
			const settings = Object.entries(configSchema?.properties ?? {});
			// Who may begin is pinned outside: there is nothing to set about it.
			const isPinned = /go-live|window/.test(name);
			assert.equal(settings.length > 0, !isPinned, name);
			for (const [setting, { type, description, default: value }] of settings) {
				const title = `${name}.${setting}`;
				assert.ok(description, title);
				assert.equal(
					typeOf(value),
					type === "integer" ? "number" : type,
					title,
				);
			}
		}
	});

	it("never show what could be a secret", async () => {
		const secret = "hunter2";
		const broken: Judged[] = [
			...Object.keys(instance.props).map((name) =>
				change(instance, [name], secret),
			),
			change(task, ["cpu"], `${secret} cpu`),
			change(task, ["containerDefinitions"], secret),
			change(
				task,
				["containerDefinitions"],
				JSON.stringify([
					{ environment: [{ name: "PASSWORD", value: secret }] },
				]),
			),
			change(
				deployment,
				["spec", "template", "spec", "containers"],
				[{ env: [{ name: "PASSWORD", value: secret }], livenessProbe: secret }],
			),
			{
				type: "aws:iam/rolePolicy:RolePolicy",
				props: { policy: JSON.stringify({ [secret]: secret }) },
			},
			{
				type: "aws:s3/bucketPolicy:BucketPolicy",
				props: { policy: secret },
			},
			{
				type: "aws:ec2/vpc:Vpc",
				props: { tags: { project: 7, token: secret } },
			},
		];
		let count = 0;
		for (const resource of broken) {
			for (const rule of rules) {
				const messages = await messagesOf(rule, resource);
				count += messages.length;
				assert.doesNotMatch(messages.join("\n"), /hunter2/, rule.name);
			}
		}
		assert.ok(count > 20, `${count} messages`);
	});

	it("know every type of ours that can have tags", () => {
		const schema: { resources: Record<string, object> } = JSON.parse(
			readFileSync("rehearsal/cloud/schema/aws.generated.json", "utf8"),
		);
		const missing = Object.entries(schema.resources)
			.filter(([, inputs]) => "tags" in inputs)
			.map(([type]) => type)
			.filter((type) => !taggableTypes.includes(type));
		assert.deepEqual(missing, []);
	});
});

function typeOf(value: unknown): string {
	return Array.isArray(value) ? "array" : typeof value;
}
