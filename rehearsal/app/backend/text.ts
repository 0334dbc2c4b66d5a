const depthLimit = 50;

/** Whether PostgreSQL can hold the text: no NUL, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
	return !text.includes("\0") && !/\p{Surrogate}/u.test(text);
}

/** Whether PostgreSQL can hold a JSON value: its texts and keys are storable, its nesting is at most 50 deep. */
export function isStorableJson(value: unknown, depth = 0): boolean {
	if (depth > depthLimit) return false;
	if (typeof value === "string") return isStorableText(value);
	if (typeof value === "number") return Number.isFinite(value);
	if (Array.isArray(value)) {
		return value.every((item) => isStorableJson(item, depth + 1));
	}
	if (typeof value === "object" && value !== null) {
		return Object.entries(value).every(
			([key, item]) => isStorableText(key) && isStorableJson(item, depth + 1),
		);
	}
	return true;
}

/** The text with each half of a surrogate pair replaced by U+FFFD. */
export function wellFormed(text: string): string {
	return Buffer.from(text, "utf8").toString("utf8");
}
