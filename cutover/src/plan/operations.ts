import { dataTypes, matchesType } from "@trusted-login/golive";
import type { Operation, Step } from "./preview.ts";

/** A resource with data that a plan takes away. */
export interface DestroyedResource {
	readonly operation: "replace" | "delete";
	readonly urn: string;
	readonly type: string;
	/** The program's name for it. */
	readonly name: string;
	/** The cloud's. */
	readonly id?: string;
	/** The engine refuses to take it away. */
	readonly isProtected: boolean;
	/** Properties that force the replacement. */
	readonly because: readonly string[];
}

const replacing: readonly Operation[] = [
	"replace",
	"create-replacement",
	"delete-replaced",
	"read-replacement",
	"import-replacement",
	"discard-replaced",
];

/** How many of each operation, `same` among them. */
export function countOperations(
	steps: readonly Step[],
): Readonly<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const { op } of steps) counts[op] = (counts[op] ?? 0) + 1;
	return Object.fromEntries(
		Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)),
	);
}

/** "1 create, 2 update, 40 same"; "nothing" for a plan without steps. */
export function countsText(counts: Readonly<Record<string, number>>): string {
	const parts = Object.entries(counts)
		.sort(([a], [b]) => Number(a === "same") - Number(b === "same"))
		.map(([op, count]) => `${count} ${op}`);
	return parts.join(", ") || "nothing";
}

/** Whether a plan changes anything. */
export const changesAnything = (steps: readonly Step[]): boolean =>
	steps.some(({ op }) => op !== "same");

/**
 * The resources with data that a plan replaces or deletes, each once, in the order of their names.
 * @param moreTypes further types that hold data; those that are known to do cannot be taken away.
 */
export function destroyedResources(
	steps: readonly Step[],
	moreTypes: readonly string[] = [],
): readonly DestroyedResource[] {
	const patterns = [...dataTypes, ...moreTypes];
	const found = new Map<string, DestroyedResource>();
	for (const step of steps) {
		const operation = replacing.includes(step.op)
			? "replace"
			: step.op === "delete"
				? "delete"
				: undefined;
		// What is taken away is what was there, also when the new one is of another type.
		const state = step.oldState ?? step.newState;
		if (!operation || !state || !matchesType(state.type, patterns)) continue;
		const known = found.get(step.urn);
		found.set(step.urn, {
			operation: known?.operation === "delete" ? "delete" : operation,
			urn: step.urn,
			type: state.type,
			name: step.urn.split("::").slice(3).join("::"),
			...(state.id !== undefined && { id: state.id }),
			isProtected: state.protect,
			because: [...(step.replaceReasons ?? known?.because ?? [])].sort(),
		});
	}
	return [...found.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

/** "replace of aws:rds/instance:Instance database (orders), because of identifier". */
export function destroyedText(one: DestroyedResource): string {
	const id = one.id === undefined ? "" : ` (${one.id})`;
	const because =
		one.because.length === 0 ? "" : `, because of ${one.because.join(", ")}`;
	const guard = one.isProtected ? ", protected" : "";
	return `${one.operation} of ${one.type} ${one.name}${id}${because}${guard}`;
}
