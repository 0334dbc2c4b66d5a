import { isDeepStrictEqual } from "node:util";
import type { Properties, ResourceHandler } from "./handler.ts";

export interface Difference {
	/** `loadBalancers[0].containerPort` */
	readonly path: string;
	readonly kind: "add" | "delete" | "update";
	readonly replace: boolean;
}

export interface Decision {
	readonly differences: readonly Difference[];
	/** Top-level properties that changed. */
	readonly changed: readonly string[];
	/** Top-level properties whose change needs a new resource. */
	readonly replaces: readonly string[];
	readonly deleteBeforeReplace: boolean;
}

/** A value that is known only after another resource was made. */
export const unknown: unique symbol = Symbol("unknown");

/**
 * Decides what new inputs mean for a resource: nothing, a change in place, or a replacement. A value still unknown
 * counts as changed, as the real provider plans it.
 */
export function decideDiff(
	handler: Pick<ResourceHandler, "replaceOn" | "deleteBeforeReplace">,
	oldInputs: Properties,
	newInputs: Properties,
): Decision {
	const found: { path: string[]; kind: Difference["kind"] }[] = [];
	collect(oldInputs, newInputs, [], found);
	const differences = found.map(({ path, kind }) => ({
		path: formatPath(path),
		kind,
		replace: needsReplacement(handler.replaceOn, path),
	}));
	const top = (which: readonly { path: string[] }[]) => [
		...new Set(which.map(({ path }) => path[0] ?? "")),
	];
	const replaces = top(
		found.filter(({ path }) => needsReplacement(handler.replaceOn, path)),
	);
	return {
		differences,
		changed: top(found),
		replaces,
		deleteBeforeReplace:
			replaces.length > 0 && handler.deleteBeforeReplace === true,
	};
}

/** `["a", "0", "b.c"]` becomes `a[0]["b.c"]`, the way the engine writes property paths. */
export function formatPath(path: readonly string[]): string {
	return path
		.map((part, index) => {
			if (/^\d+$/.test(part)) return `[${part}]`;
			if (!/^[\w$]+$/.test(part)) return `[${JSON.stringify(part)}]`;
			return index === 0 ? part : `.${part}`;
		})
		.join("");
}

/** A rule `a.b` is hit by a change of a.b, of anything inside it, and of the whole of a; list positions do not count. */
function needsReplacement(
	rules: readonly string[],
	path: readonly string[],
): boolean {
	const names = path.filter((part) => !/^\d+$/.test(part));
	return rules.some((rule) => {
		const wanted = rule.split(".");
		const shared = Math.min(wanted.length, names.length);
		return wanted.slice(0, shared).every((part, i) => part === names[i]);
	});
}

function collect(
	before: unknown,
	after: unknown,
	path: string[],
	found: { path: string[]; kind: Difference["kind"] }[],
): void {
	if (isAbsent(before) && isAbsent(after)) return;
	if (isAbsent(before)) {
		found.push({ path, kind: "add" });
	} else if (isAbsent(after)) {
		found.push({ path, kind: "delete" });
	} else if (isObject(before) && isObject(after)) {
		const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
		for (const key of keys)
			collect(before[key], after[key], [...path, key], found);
	} else if (Array.isArray(before) && Array.isArray(after)) {
		for (let i = 0; i < Math.max(before.length, after.length); i++)
			collect(before[i], after[i], [...path, `${i}`], found);
	} else if (!isDeepStrictEqual(before, after) || after === unknown) {
		found.push({ path, kind: "update" });
	}
}

const isAbsent = (value: unknown): boolean =>
	value === undefined || value === null;

const isObject = (value: unknown): value is Properties =>
	typeof value === "object" && value !== null && !Array.isArray(value);
