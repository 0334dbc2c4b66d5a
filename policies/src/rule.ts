import type {
	EnforcementLevel,
	PolicyConfigSchema,
	ReportViolation,
	ResourceValidationArgs,
	ResourceValidationPolicy,
} from "@pulumi/policy";
import { type Finding, formatFinding } from "./finding.ts";
import { notYetKnown, readInput } from "./inputs.ts";

/** What a rule sees of a resource. */
export interface RuleResource {
	readonly name: string;
	readonly type: string;
	readonly project: string;
	readonly stack: string;
	readonly isProtected: boolean;
	/** An input as plain data, `notYetKnown` where a preview cannot tell. */
	input(name: string): unknown;
	/** The same of the resource's provider. */
	providerInput(name: string): unknown;
}

/** What every rule can be told. */
export interface CommonSettings {
	/** Stacks on which a violation is reported and stops nothing. */
	readonly advisoryStacks: readonly string[];
}

type Schema = PolicyConfigSchema["properties"][string];

/** An input to set: the path to it, and the value. */
export interface Remedy {
	readonly path: readonly [string, ...string[]];
	readonly value: string | number | boolean;
}

/** A rule about single resources, as a function of its settings. */
export interface Rule<Settings extends object> {
	/** The file's name in kebab case. */
	readonly name: string;
	readonly description: string;
	/** The type tokens that the rule speaks of, or which they are. */
	readonly types: readonly string[] | ((type: string) => boolean);
	readonly defaults: Settings;
	/** JSON schema of each setting, without its default. */
	readonly schema: Readonly<Record<keyof Settings & string, Schema>>;
	/** Default: dev, which is thrown away after every rehearsal. */
	readonly advisoryStacks?: readonly string[];
	readonly find: (
		resource: RuleResource,
		settings: Settings,
	) => readonly Finding[];
	/** What sets it right where that can do no harm; nothing when nothing is missing. */
	readonly remedy?: (
		resource: RuleResource,
		settings: Settings,
	) => readonly Remedy[];
}

/** Makes a CrossGuard policy of a rule. A rule with a remedy applies it first, unless configured otherwise. */
export function defineRule<Settings extends object>(
	rule: Rule<Settings>,
): ResourceValidationPolicy {
	const { types, remedy } = rule;
	const speaksOf =
		typeof types === "function"
			? types
			: (type: string) => types.includes(type);
	const defaults = {
		...rule.defaults,
		advisoryStacks: rule.advisoryStacks ?? ["dev"],
	};
	const policy: ResourceValidationPolicy = {
		name: rule.name,
		description: rule.description,
		enforcementLevel: remedy === undefined ? "mandatory" : "remediate",
		configSchema: configSchema(rule.schema, defaults),
		validateResource: (args, reportViolation) => {
			if (!speaksOf(args.type)) return;
			const settings = settingsOf(rule.name, args, defaults);
			const resource = resourceOf(args);
			const level = settings.advisoryStacks.includes(resource.stack)
				? "advisory"
				: undefined;
			for (const finding of rule.find(resource, settings)) {
				const message = formatFinding(resource.name, finding);
				report(reportViolation, rule.description, message, level);
			}
		},
	};
	if (remedy === undefined) return policy;
	return {
		...policy,
		remediateResource: (args) => {
			if (!speaksOf(args.type)) return undefined;
			const settings = settingsOf(rule.name, args, defaults);
			const remedies = remedy(resourceOf(args), settings);
			if (remedies.length === 0) return undefined;
			for (const { path, value } of remedies) assign(args.props, path, value);
			return args.props;
		},
	};
}

function configSchema(
	schema: Readonly<Record<string, Schema>>,
	defaults: object,
): PolicyConfigSchema {
	const values = new Map<string, unknown>(Object.entries(defaults));
	const properties = Object.entries({ ...schema, ...commonSchema }).map(
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
function settingsOf<Settings extends object>(
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
			`${rule}: expected settings ${Object.keys(defaults).join(", ")}, got ${unknown.join(", ")}; correct the policy configuration`,
		);
	}
	return { ...defaults, ...configured };
}

function resourceOf(
	args: Pick<
		ResourceValidationArgs,
		"name" | "type" | "urn" | "props" | "opts" | "provider"
	>,
): RuleResource {
	// urn:pulumi:<stack>::<project>::<type>::<name>; the process itself is not told reliably which stack it serves.
	const [head = "", project = ""] = args.urn.split("::");
	return {
		name: args.name,
		type: args.type,
		project,
		stack: head.replace(/^urn:pulumi:/, ""),
		isProtected: args.opts.protect,
		input: (name) => readInput(args.props, name),
		providerInput: (name) =>
			args.provider === undefined
				? undefined
				: readInput(args.provider.props, name),
	};
}

/** The SDK takes a level with a single violation, though its type declares the text alone. */
function report(
	reportViolation: ReportViolation,
	description: string,
	message: string,
	level: EnforcementLevel | undefined,
): void {
	if (level === undefined) {
		reportViolation(message);
		return;
	}
	const violation = {
		// With plain text the SDK puts the description in front by itself.
		message: `${description}\n${message}`,
		enforcementLevel: level,
	};
	Reflect.apply(reportViolation, undefined, [violation]);
}

/** Writes through the SDK's own proxies: copying the inputs would lose which of them are secret. */
function assign(
	holder: object,
	[name, ...rest]: readonly string[],
	value: unknown,
): void {
	if (name === undefined) return;
	if (rest.length === 0) {
		Reflect.set(holder, name, value);
		return;
	}
	const present = readInput(holder, name);
	if (present === notYetKnown) return;
	if (present === undefined || present === null) {
		Reflect.set(holder, name, {});
	}
	const inner: unknown = Reflect.get(holder, name);
	if (typeof inner === "object" && inner !== null) assign(inner, rest, value);
}
