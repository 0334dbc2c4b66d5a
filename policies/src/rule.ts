import type {
	ResourceValidationArgs,
	ResourceValidationPolicy,
} from "@pulumi/policy";
import type { Finding } from "./finding.ts";
import { notYetKnown, readInput } from "./inputs.ts";
import { reportFinding, stackOf } from "./report.ts";
import {
	configSchema,
	type Schema,
	settingsOf,
	withCommon,
} from "./settings.ts";

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
	) => readonly Finding[] | Promise<readonly Finding[]>;
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
	const defaults = withCommon(rule.defaults, rule.advisoryStacks);
	const policy: ResourceValidationPolicy = {
		name: rule.name,
		description: rule.description,
		enforcementLevel: remedy === undefined ? "mandatory" : "remediate",
		configSchema: configSchema(rule.schema, defaults),
		validateResource: async (args, reportViolation) => {
			if (!speaksOf(args.type)) return;
			const settings = settingsOf(rule.name, args, defaults);
			for (const finding of await rule.find(resourceOf(args), settings)) {
				reportFinding(
					reportViolation,
					rule.description,
					args,
					finding,
					settings,
				);
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

function resourceOf(
	args: Pick<
		ResourceValidationArgs,
		"name" | "type" | "urn" | "props" | "opts" | "provider"
	>,
): RuleResource {
	return {
		name: args.name,
		type: args.type,
		...stackOf(args.urn),
		isProtected: args.opts.protect,
		input: (name) => readInput(args.props, name),
		providerInput: (name) =>
			args.provider === undefined
				? undefined
				: readInput(args.provider.props, name),
	};
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
