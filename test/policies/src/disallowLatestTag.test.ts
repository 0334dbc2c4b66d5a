import { disallowLatestTag } from "../../../policies/src/disallowLatestTag.ts";
import {
	containersWith,
	deployment,
	digest,
	inContainer,
	pod,
	task,
} from "../fixtures.ts";
import type { Judged } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const json = ["containerDefinitions"] as const;
const repository: Judged = {
	type: "aws:ecr/repository:Repository",
	props: { imageTagMutability: "IMMUTABLE" },
};
const moving = (got: string) =>
	`expected container app with an image by digest or a tag other than latest, got ${got}; name the image by its digest, <repository>@sha256:...`;

describe("disallowLatestTag", () => {
	testRule({
		policy: disallowLatestTag,
		compliant: {
			task,
			deployment,
			pod,
			repository,
			"a tag of a release": change(
				task,
				json,
				containersWith("image", "registry:5000/app:2.0.0"),
			),
			"latest pinned to a digest": change(
				task,
				json,
				containersWith("image", `app:latest@${digest}`),
			),
		},
		broken: [
			[
				"latest on ECS",
				"task",
				json,
				containersWith("image", "registry/app:latest"),
				moving('"registry/app:latest"'),
			],
			[
				"no tag, which is latest",
				"task",
				json,
				containersWith("image", "registry:5000/app"),
				moving('"registry:5000/app"'),
			],
			[
				"no image",
				"task",
				json,
				containersWith("image", undefined),
				"expected container app with an image, got nothing; name the image by its digest, <repository>@sha256:...",
			],
			[
				"latest on Kubernetes",
				"deployment",
				[...inContainer, "image"],
				"app:latest",
				moving('"app:latest"'),
			],
			[
				"a repository whose tags move",
				"repository",
				["imageTagMutability"],
				"MUTABLE",
				'expected imageTagMutability IMMUTABLE, got "MUTABLE"; set imageTagMutability: "IMMUTABLE"',
			],
		],
		needed: [
			["task", json],
			["deployment", [...inContainer, "image"]],
			["repository", ["imageTagMutability"]],
		],
	});
});
