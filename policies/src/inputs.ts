/** Stands for a value that the engine will only know during the update. */
export const notYetKnown: unique symbol = Symbol("not yet known");

/** Inputs as plain data. */
export type Inputs = Readonly<Record<string, unknown>>;

/**
 * One input of a resource as plain data; `notYetKnown` wherever a preview cannot tell, however deep.
 * @param props as the SDK hands them over: reading an unknown value there throws.
 */
export function readInput(props: object, name: string): unknown {
	try {
		const value: unknown = Reflect.get(props, name);
		return copy(value);
	} catch (error) {
		if (isUnknownValue(error)) return notYetKnown;
		throw error;
	}
}

export function isRecord(value: unknown): value is Inputs {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The entries of a list; of anything else none. */
export function listOf(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

/** The value at the end of a path; `notYetKnown` when it, or something on the way to it, is. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
	let current = value;
	for (const name of path) {
		if (current === notYetKnown) return notYetKnown;
		if (!isRecord(current)) return undefined;
		current = current[name];
	}
	return current;
}

function copy(value: unknown): unknown {
	if (typeof value !== "object" || value === null) return value;
	const names = Object.keys(value);
	return Array.isArray(value)
		? names.map((name) => readInput(value, name))
		: Object.fromEntries(names.map((name) => [name, readInput(value, name)]));
}

/** The SDK keeps the class of this error to itself; its mark is the field that says which kind of value is unknown. */
function isUnknownValue(error: unknown): boolean {
	return error instanceof Error && "unknownTypeSentinel" in error;
}
