import assert from "node:assert/strict";
import { requireProvenImages } from "../../../policies/src/requireProvenImages.ts";
import {
	containersWith,
	deployment,
	digest,
	image,
	inContainer,
	task,
} from "../fixtures.ts";
import { messagesOf } from "../judge.ts";
import { testRule } from "../ruleTests.ts";

const json = ["containerDefinitions"] as const;
const pinned = (got: string) =>
	`expected container app with an image by digest, got ${got}; name the image by its digest, <repository>@sha256:<64 hex digits>`;

describe("requireProvenImages", () => {
	testRule({
		policy: requireProvenImages,
		compliant: { task, deployment },
		broken: [
			[
				"a tag on ECS",
				"task",
				json,
				containersWith("image", "app:2.0.0"),
				pinned('"app:2.0.0"'),
			],
			[
				"half a digest",
				"task",
				json,
				containersWith("image", "app@sha256:abc"),
				pinned('"app@sha256:abc"'),
			],
			[
				"a tag on Kubernetes",
				"deployment",
				[...inContainer, "image"],
				"app:2.0.0",
				pinned('"app:2.0.0"'),
			],
		],
		needed: [
			["task", json],
			["deployment", [...inContainer, "image"]],
		],
	});

	it("lets run what is proven", async () => {
		for (const resource of [task, deployment]) {
			assert.deepEqual(
				await messagesOf(requireProvenImages(), resource, {
					provenDigests: [digest],
				}),
				[],
			);
		}
	});

	it("refuses a digest that nobody proved", async () => {
		assert.deepEqual(
			await messagesOf(requireProvenImages(), task, {
				provenDigests: [`sha256:${"b".repeat(64)}`],
			}),
			[
				`it: expected container app with one of the 1 proven images, got "${image}"; deploy the digest that staging proved, or prove this one there first`,
			],
		);
	});

	it("asks whoever knows the proof, for the very resource", async () => {
		const asked: string[] = [];
		const rule = requireProvenImages(({ stack, name }) => {
			asked.push(`${stack} ${name}`);
			return [];
		});
		const messages = await messagesOf(rule, task);
		assert.equal(messages.length, 1);
		assert.deepEqual(asked, ["prod it"]);
	});
});
