import type { Properties } from "./handler.ts";

/** A string property, or undefined when it is absent or not (yet) a string. */
export function stringOf(from: Properties, key: string): string | undefined {
	const value = from[key];
	return typeof value === "string" ? value : undefined;
}

export function numberOf(from: Properties, key: string): number | undefined {
	const value = from[key];
	return typeof value === "number" ? value : undefined;
}

/** True only for true. */
export const isTrue = (from: Properties, key: string): boolean =>
	from[key] === true;

/** The strings of a list property; empty when it is absent. */
export function stringsOf(from: Properties, key: string): readonly string[] {
	return listOf(from, key).filter((v): v is string => typeof v === "string");
}

/** The objects of a list property; empty when it is absent. */
export function objectsOf(
	from: Properties,
	key: string,
): readonly Properties[] {
	return listOf(from, key).filter(isProperties);
}

export function objectOf(from: Properties, key: string): Properties {
	const value = from[key];
	return isProperties(value) ? value : {};
}

/** @throws when the property is missing: checked inputs have it. */
export function requireString(from: Properties, key: string): string {
	const value = stringOf(from, key);
	if (value === undefined) throw new Error(`${key}: expected a string`);
	return value;
}

function listOf(from: Properties, key: string): readonly unknown[] {
	const value = from[key];
	return Array.isArray(value) ? value : [];
}

const isProperties = (value: unknown): value is Properties =>
	typeof value === "object" && value !== null && !Array.isArray(value);
