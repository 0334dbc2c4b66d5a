import { formatPath, unknown } from "../diff.ts";
import type { Properties, PropertyFailure } from "../handler.ts";
import type { ObjectSchema, PropertySchema, Schema } from "./schema.ts";

/**
 * Holds the inputs of a resource against the provider's types: what is missing, unknown or of the wrong kind, each
 * with its property path. A value that is not known yet passes.
 */
export function checkInputs(
	schema: Schema,
	type: string,
	inputs: Properties,
): readonly PropertyFailure[] {
	const resource = schema.resources[type];
	if (resource === undefined)
		return [
			{
				property: "",
				reason: `the laptop cloud does not have the type ${type}`,
			},
		];
	const failures: PropertyFailure[] = [];
	checkObject(schema, resource, inputs, [], failures);
	return failures;
}

function checkObject(
	schema: Schema,
	properties: ObjectSchema,
	value: Properties,
	path: string[],
	failures: PropertyFailure[],
): void {
	for (const [name, property] of Object.entries(properties))
		if (property.required && isAbsent(value[name]))
			failures.push({
				property: formatPath([...path, name]),
				reason: "missing required property",
			});
	for (const [name, item] of Object.entries(value)) {
		if (isAbsent(item)) continue;
		const property = properties[name];
		if (property === undefined)
			failures.push({
				property: formatPath([...path, name]),
				reason: `unknown property; ${nearest(name, Object.keys(properties))}`,
			});
		else checkValue(schema, property, item, [...path, name], failures);
	}
}

function checkValue(
	schema: Schema,
	property: PropertySchema,
	value: unknown,
	path: string[],
	failures: PropertyFailure[],
): void {
	if (value === unknown || property.kind === "any") return;
	if (property.orObject && isObject(value)) return;
	const kind = property.kind === "map" ? "object" : property.kind;
	if (kindOf(value) !== kind) {
		failures.push({
			property: formatPath(path),
			reason: `expected ${property.kind === "map" ? "a map" : withArticle(kind)}, got ${withArticle(kindOf(value))}`,
		});
		return;
	}
	if (property.kind === "array" && Array.isArray(value))
		for (const [index, item] of value.entries())
			checkItem(schema, property, item, [...path, `${index}`], failures);
	if (property.kind === "map" && isObject(value))
		for (const [key, item] of Object.entries(value))
			checkItem(schema, property, item, [...path, key], failures);
	if (property.kind === "object" && isObject(value))
		checkObject(
			schema,
			schema.types[property.type ?? ""] ?? {},
			value,
			path,
			failures,
		);
}

function checkItem(
	schema: Schema,
	{ items }: PropertySchema,
	value: unknown,
	path: string[],
	failures: PropertyFailure[],
): void {
	if (items !== undefined && !isAbsent(value))
		checkValue(schema, items, value, path, failures);
}

function nearest(name: string, known: readonly string[]): string {
	const lower = name.toLowerCase();
	const close = known.filter(
		(candidate) =>
			candidate.toLowerCase().startsWith(lower.slice(0, 4)) ||
			candidate.toLowerCase().includes(lower),
	);
	return close.length > 0
		? `there is ${close.slice(0, 3).join(", ")}`
		: "the provider does not have it";
}

const kindOf = (value: unknown): string =>
	Array.isArray(value) ? "array" : typeof value;

const withArticle = (kind: string): string =>
	/^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;

const isAbsent = (value: unknown): boolean =>
	value === undefined || value === null;

const isObject = (value: unknown): value is Properties =>
	typeof value === "object" && value !== null && !Array.isArray(value);
