/** What is wrong with a resource. Nothing here may hold a value that could be a secret. */
export interface Finding {
	/** What the rule wants, with the name of the property: `multiAz true`. */
	readonly expected: string;
	/** What was found, from `describe` or `quote`. */
	readonly actual: string;
	/** What to change. */
	readonly fix: string;
}

/** The one form of every message: resource, expected, actual, fix. */
export function formatFinding(
	resource: string,
	{ expected, actual, fix }: Finding,
): string {
	return `${resource}: expected ${expected}, got ${actual}; ${fix}`;
}

/**
 * A value as a message may show it. Text is not shown: the SDK hands secrets over in plain text, and any property may
 * hold one.
 */
export function describe(value: unknown): string {
	if (value === undefined || value === null) return "nothing";
	if (typeof value === "boolean" || typeof value === "number") {
		return String(value);
	}
	if (typeof value === "string") return value === "" ? "an empty text" : "text";
	return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}

/** Text of a property that only ever holds names, such as an image or a protocol; anything else as `describe` shows it. */
export function quote(value: unknown): string {
	if (typeof value !== "string" || value === "") return describe(value);
	return JSON.stringify(
		value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value,
	);
}

const LONGEST = 160;
