import type { Properties } from "../handler.ts";

/**
 * What the inputs would have to say to describe what was found, which is what a refresh compares with the program: only
 * properties that the program gives, at every depth, because what the service filled in by itself is no drift.
 */
export function observe(inputs: Properties, found: Properties): Properties {
	return Object.fromEntries(
		Object.entries(inputs).map(([name, value]) => [
			name,
			observeValue(value, found[name]),
		]),
	);
}

function observeValue(input: unknown, found: unknown): unknown {
	if (Array.isArray(input) && Array.isArray(found)) {
		return input.length === found.length
			? input.map((value, index) => observeValue(value, found[index]))
			: found;
	}
	if (isRecord(input) && isRecord(found)) return observe(input, found);
	// A policy given as an object is found as text, and text is found in another order: no drift either.
	if (typeof input !== typeof found || isSameDocument(input, found))
		return input;
	return found;
}

const isRecord = (value: unknown): value is Properties =>
	typeof value === "object" && value !== null && !Array.isArray(value);

function isSameDocument(input: unknown, found: unknown): boolean {
	if (typeof input !== "string" || typeof found !== "string") return false;
	const [given, there] = [parseOrNothing(input), parseOrNothing(found)];
	return given !== undefined && canonical(given) === canonical(there);
}

function parseOrNothing(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

const canonical = (value: unknown): string =>
	JSON.stringify(value, (_, part: unknown) =>
		isRecord(part)
			? Object.fromEntries(
					Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)),
				)
			: part,
	);
