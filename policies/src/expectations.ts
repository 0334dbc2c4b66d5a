import { describe, type Finding } from "./finding.ts";
import { notYetKnown } from "./inputs.ts";
import type { RuleResource } from "./rule.ts";

/** A finding unless an input is exactly that. What a preview cannot know is none; what is missing is one. */
export function expectInput(
	resource: RuleResource,
	name: string,
	expected: boolean | string,
	fix: string,
): Finding[] {
	const actual = resource.input(name);
	return actual === expected || actual === notYetKnown
		? []
		: [{ expected: `${name} ${expected}`, actual: describe(actual), fix }];
}

/** A finding unless an input is a number that large. */
export function expectAtLeast(
	resource: RuleResource,
	name: string,
	least: number,
	unit: string,
	fix: string,
): Finding[] {
	const actual = resource.input(name);
	const isEnough = typeof actual === "number" && actual >= least;
	return isEnough || actual === notYetKnown
		? []
		: [
				{
					expected: `${name} of at least ${least} ${unit}`,
					actual: describe(actual),
					fix,
				},
			];
}
