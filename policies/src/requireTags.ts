import type { ResourceValidationPolicy } from "@pulumi/policy";
import { describe } from "./finding.ts";
import { isRecord, notYetKnown, valueAt } from "./inputs.ts";
import { defineRule, type RuleResource } from "./rule.ts";
import { taggableTypes } from "./taggableTypes.ts";
import { parseJson } from "./workloads.ts";

interface Settings {
	readonly tags: readonly string[];
}

/**
 * Every resource says whose it is, so that a bill and a forgotten disk can be traced.
 *
 * The remedy fills in `project` and `stack`, which the engine itself knows; nobody can guess the value of another tag.
 */
export function requireTags(
	defaults: Settings = { tags: ["project", "stack"] },
): ResourceValidationPolicy {
	return defineRule({
		name: "require-tags",
		description: "Resources say which project and stack they belong to.",
		types: taggableTypes,
		defaults,
		schema: {
			tags: {
				type: "array",
				items: { type: "string", minLength: 1 },
				description: "Names of the tags that every resource has.",
			},
		},
		find: (resource, settings) =>
			missingTags(resource, settings).map((tag) => ({
				expected: `tag ${tag}`,
				actual: describe(valueAt(resource.input("tags"), tag)),
				fix: `set it in aws:defaultTags of the stack file, or in the resource's tags`,
			})),
		remedy: (resource, settings) => {
			const known: Readonly<Record<string, string>> = {
				project: resource.project,
				stack: resource.stack,
			};
			return missingTags(resource, settings).flatMap((tag) => {
				const value = known[tag];
				return value === undefined ? [] : [{ path: ["tags", tag], value }];
			});
		},
	});
}

function missingTags(resource: RuleResource, { tags }: Settings): string[] {
	const own = resource.input("tags");
	const inherited = defaultTags(resource);
	if (own === notYetKnown || inherited === notYetKnown) return [];
	return tags.filter(
		(tag) => !isFilled(valueAt(own, tag)) && !isFilled(valueAt(inherited, tag)),
	);
}

const isFilled = (value: unknown): boolean =>
	value === notYetKnown || (typeof value === "string" && value !== "");

/** The provider's default tags; a default provider has them as JSON, as the stack file's `aws:defaultTags`. */
function defaultTags(resource: RuleResource): unknown {
	const given = resource.providerInput("defaultTags");
	const settings = typeof given === "string" ? parseJson(given) : given;
	return isRecord(settings) ? settings.tags : settings;
}
