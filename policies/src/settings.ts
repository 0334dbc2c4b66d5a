import type {
	PolicyConfigSchema,
	ResourceValidationArgs,
} from "@pulumi/policy";

/** What every rule can be told. */
export interface CommonSettings {
	/** Stacks on which a violation is reported and stops nothing. */
	readonly advisoryStacks: readonly string[];
}

/** JSON schema of one setting. */
export type Schema = PolicyConfigSchema["properties"][string];

/** A rule's own settings and the common ones. */
export function withCommon<Settings extends object>(
	defaults: Settings,
	advisoryStacks: readonly string[] = ["dev"],
): Settings & CommonSettings {
	return { ...defaults, advisoryStacks };
}

/** The schema that the engine checks a configuration against, with every default in it and the common settings. */
export function configSchema(
	schema: Readonly<Record<string, Schema>>,
	defaults: object,
): PolicyConfigSchema {
	return configSchemaOf({ ...schema, ...commonSchema }, defaults);
}

/** The same of a rule's own settings alone. */
export function configSchemaOf(
	schema: Readonly<Record<string, Schema>>,
	defaults: object,
): PolicyConfigSchema {
	const values = new Map<string, unknown>(Object.entries(defaults));
	const properties = Object.entries(schema).map(
		([name, property]) =>
			[name, { ...property, default: jsonValue(values.get(name)) }] as const,
	);
	return { properties: Object.fromEntries(properties) };
}

const commonSchema: Readonly<Record<string, Schema>> = {
	advisoryStacks: {
		type: "array",
		items: { type: "string" },
		description: "Stacks on which a violation is reported and stops nothing.",
	},
};

/** Arrays that nobody can change, as the SDK's types want them. */
function jsonValue(value: unknown): string | number | boolean | unknown[] {
	if (Array.isArray(value)) return [...value];
	return typeof value === "number" || typeof value === "boolean"
		? value
		: String(value);
}

/** The engine fills the defaults in and checks the types, but lets a misspelt name pass: it would be a default in disguise. */
export function settingsOf<Settings extends object>(
	rule: string,
	args: Pick<ResourceValidationArgs, "getConfig">,
	defaults: Settings,
): Settings {
	const configured = args.getConfig<Partial<Settings>>();
	const unknown = Object.keys(configured).filter(
		(name) => !Object.hasOwn(defaults, name),
	);
	if (unknown.length > 0) {
		throw new Error(
			`${rule}: expected settings ${Object.keys(defaults).join(", ") || "none"}, got ${unknown.join(", ")}; correct the policy configuration`,
		);
	}
	return { ...defaults, ...configured };
}
