import type { Check } from "../outcome.ts";

/** More would be a log, not a measurement. */
const mostNumbers = 300;

/** How the required checks of a result came out; one that may be left out counts only when it failed. */
export function checkNumbers(
	checks: readonly Pick<Check, "outcome" | "required">[],
): Readonly<Record<string, number>> {
	const counted = checks.filter(
		({ required, outcome }) => required !== false || outcome === "failed",
	);
	const of = (wanted: Check["outcome"]) =>
		counted.filter(({ outcome }) => outcome === wanted).length;
	return {
		checksPassed: of("passed"),
		checksFailed: of("failed"),
		checksInconclusive: of("inconclusive"),
		checksNotRun: of("not run"),
	};
}

/** Every number in a value, by its path: `{pass: {rangesLeft: 0}}` gives `pass.rangesLeft`. Lists are left out. */
export function numbersIn(value: unknown): Readonly<Record<string, number>> {
	const found: Record<string, number> = {};
	const visit = (one: unknown, path: string, depth: number): void => {
		if (Object.keys(found).length >= mostNumbers || path.length > 100) return;
		if (typeof one === "number" && path !== "") found[path] = one;
		if (typeof one !== "object" || one === null || Array.isArray(one)) return;
		if (depth > 3) return;
		for (const [name, inner] of Object.entries(one)) {
			visit(inner, path === "" ? name : `${path}.${name}`, depth + 1);
		}
	};
	visit(value, "", 0);
	return found;
}
