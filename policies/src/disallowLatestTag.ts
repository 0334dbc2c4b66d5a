import type { ResourceValidationPolicy } from "@pulumi/policy";
import { quote } from "./finding.ts";
import { findInImages } from "./images.ts";
import { notYetKnown } from "./inputs.ts";
import { defineRule } from "./rule.ts";
import { runsContainers } from "./workloads.ts";

const repositoryType = "aws:ecr/repository:Repository";

/** What a moving tag names today is not what was tested yesterday, and no rollback brings it back. */
export function disallowLatestTag(): ResourceValidationPolicy {
	return defineRule({
		name: "disallow-latest-tag",
		description:
			"No container runs a tag that moves, and repositories move none.",
		types: (type) => runsContainers(type) || type === repositoryType,
		defaults: {},
		schema: {},
		find: (resource) => {
			if (resource.type !== repositoryType) {
				return findInImages(resource, ({ tag, digest }) =>
					// With a digest the tag is but a comment.
					digest !== undefined || (tag !== undefined && tag !== "latest")
						? undefined
						: {
								expected: "with an image by digest or a tag other than latest",
								fix: "name the image by its digest, <repository>@sha256:...",
							},
				);
			}
			const mutability = resource.input("imageTagMutability");
			return mutability === "IMMUTABLE" || mutability === notYetKnown
				? []
				: [
						{
							expected: "imageTagMutability IMMUTABLE",
							actual: quote(mutability),
							fix: 'set imageTagMutability: "IMMUTABLE"',
						},
					];
		},
	});
}
