import { type Finding, quote } from "./finding.ts";
import { notYetKnown } from "./inputs.ts";
import type { RuleResource } from "./rule.ts";
import { findInContainers } from "./workloads.ts";

/** An image as a container names it: `registry:5000/repository:tag@sha256:...`. */
export interface ImageReference {
	readonly tag: string | undefined;
	/** `sha256:` and 64 hex digits, or whatever else stands after the @. */
	readonly digest: string | undefined;
}

export function parseImage(reference: string): ImageReference {
	const [named = "", digest] = reference.split("@", 2);
	// A colon before the last slash is a registry's port.
	const tag = /:([^:/]*)$/.exec(named)?.[1];
	return { tag, digest };
}

/** Looks at the image of every container; one that names none is a finding of its own. */
export function findInImages(
	resource: RuleResource,
	find: (
		image: ImageReference,
	) => Pick<Finding, "expected" | "fix"> | undefined,
): Finding[] {
	return findInContainers(resource, ({ name, spec: { image } }) => {
		if (image === notYetKnown) return [];
		const wrong =
			typeof image === "string" && image !== ""
				? find(parseImage(image))
				: {
						expected: "with an image",
						fix: "name the image by its digest, <repository>@sha256:...",
					};
		return wrong === undefined
			? []
			: [
					{
						...wrong,
						expected: `container ${name} ${wrong.expected}`,
						actual: quote(image),
					},
				];
	});
}
