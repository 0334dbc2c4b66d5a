import { type Checklist, categories } from "./checklist.ts";
import type { Trust } from "./trust.ts";

/**
 * What golive.yaml asks less for than the pinned minimum, one line each; empty when it asks for at least as much. Whoever
 * edits the checklist to get past it is refused here, since the minimum lies outside the repository.
 */
export function belowMinimum(
	checklist: Checklist,
	{ minimum }: Trust,
	stack: string,
): readonly string[] {
	const criteria = minimum.criteria.flatMap((wanted) => {
		const found = checklist.criteria.find(({ id }) => id === wanted.id);
		if (found === undefined) return [`criterion ${wanted.id} is missing`];
		return [
			...(found.level === "mandatory"
				? []
				: [`criterion ${wanted.id} is ${found.level}`]),
			...missing(wanted.gates, found.gates).map(
				(gate) => `criterion ${wanted.id} is left out at gate ${gate}`,
			),
			...missing(wanted.evidence, found.evidence).map(
				(kind) => `criterion ${wanted.id} asks for no evidence "${kind}"`,
			),
			...(wanted.from === undefined || wanted.from === found.from
				? []
				: [`criterion ${wanted.id} takes its evidence from: ${found.from}`]),
			...attesters(wanted, found),
		];
	});
	const thresholds = categories.flatMap((category) => {
		const found = checklist.thresholds[category];
		const wanted = minimum.thresholds[category];
		return found >= wanted
			? []
			: [`threshold of ${category} is ${found}, not ${wanted}`];
	});
	const proving = minimum.proving[stack];
	const named = checklist.stacks[stack];
	return [
		...criteria,
		...thresholds,
		...missing(minimum.decisionMakers, checklist.decisionMakers).map(
			(role) => `decision maker ${role} is missing`,
		),
		...missing(minimum.images, checklist.images).map(
			(image) => `image ${image} is missing`,
		),
		...(proving === undefined || (named?.proving ?? stack) === proving
			? []
			: [
					`stack ${stack} is proven by ${named?.proving ?? stack}, not ${proving}`,
				]),
		...(minimum.windows.includes(stack) && named?.window === undefined
			? [`stack ${stack} has no maintenance window`]
			: []),
		...(minimum.signOffExpiresAfter !== undefined &&
		checklist.signOffExpiresAfter > minimum.signOffExpiresAfter
			? ["signOffExpiresAfter is longer"]
			: []),
	];
}

function attesters(
	wanted: { readonly id: string; readonly attestedBy: readonly string[] },
	found: { readonly attestedBy: readonly string[] },
): readonly string[] {
	if (wanted.attestedBy.length === 0) return [];
	if (found.attestedBy.length === 0) {
		return [`criterion ${wanted.id} is attested by nobody`];
	}
	return missing(found.attestedBy, wanted.attestedBy).map(
		(role) => `criterion ${wanted.id} may be attested by ${role}`,
	);
}

const missing = (
	wanted: readonly string[],
	found: readonly string[],
): readonly string[] => wanted.filter((one) => !found.includes(one));
