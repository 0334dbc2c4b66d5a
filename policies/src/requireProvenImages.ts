import type { ResourceValidationPolicy } from "@pulumi/policy";
import { type StackGates, stackGate } from "./gate.ts";
import { findInImages } from "./images.ts";
import { defineRule, type RuleResource } from "./rule.ts";
import { runsContainers } from "./workloads.ts";

interface Settings {
	readonly provenDigests: readonly string[];
}

/** Answers the digests that were proven for a resource's stack, or nothing where no proof is asked for yet. */
export type ProvenDigests = (
	resource: RuleResource,
	settings: Settings,
) => readonly string[] | undefined | Promise<readonly string[] | undefined>;

/** The digests of the configuration; an empty list asks for none. */
export const configuredDigests: ProvenDigests = (_, { provenDigests }) =>
	provenDigests.length === 0 ? undefined : provenDigests;

/**
 * The digests that the go-live decision is about: what it says GO to is what may run. A configured list narrows them further.
 * @param judge the gate of a stack.
 */
export const decidedDigests =
	(judge: StackGates): ProvenDigests =>
	async (resource, settings) => {
		const configured = await configuredDigests(resource, settings);
		const { answer, isAdvisory } = (await judge(resource)) ?? {};
		if (answer === undefined || isAdvisory) return configured;
		const decided = Object.values(answer.decision.subject.images);
		return decided
			.map((hex) => `sha256:${hex}`)
			.filter((digest) => configured?.includes(digest) ?? true);
	};

/**
 * What runs is the very image that was tested.
 * @param provenDigests where the proof comes from.
 */
export function requireProvenImages(
	provenDigests: ProvenDigests = decidedDigests(stackGate),
): ResourceValidationPolicy {
	return defineRule({
		name: "require-proven-images",
		description:
			"Containers run images by digest, and only digests with proof.",
		types: runsContainers,
		defaults: { provenDigests: [] },
		schema: {
			provenDigests: {
				type: "array",
				items: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
				description:
					"Digests that may run, each sha256:<64 hex digits>; empty: every digest may.",
			},
		},
		find: async (resource, settings) => {
			const proven = await provenDigests(resource, settings);
			return findInImages(resource, ({ digest }) => {
				if (digest === undefined || !DIGEST.test(digest)) {
					return {
						expected: "with an image by digest",
						fix: "name the image by its digest, <repository>@sha256:<64 hex digits>",
					};
				}
				return proven === undefined || proven.includes(digest)
					? undefined
					: {
							expected: `with one of the ${proven.length} proven images`,
							fix: "deploy the digest that staging proved, or prove this one there first",
						};
			});
		},
	});
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
