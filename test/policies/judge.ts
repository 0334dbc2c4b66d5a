import { createRequire } from "node:module";
import type {
	EnforcementLevel,
	PolicyProviderResource,
	PolicyResource,
	ResourceValidationArgs,
	ResourceValidationPolicy,
	StackValidationPolicy,
} from "@pulumi/policy";

const load = createRequire(import.meta.url);
/** The SDK's own: the proxy through which a policy sees its resource, and the marks of values that a preview cannot know. */
const sdk: {
	unknownCheckingProxy<Value extends object>(value: Value): Value;
	unknownStringValue: string;
} = load("@pulumi/policy/proxy");
const { secretsPreservingProxy }: { secretsPreservingProxy<V>(value: V): V } =
	load("@pulumi/policy/secret");

/** What a preview sends in place of a value that it cannot know. */
export const unknown = sdk.unknownStringValue;

export interface Judged {
	readonly type: string;
	readonly props: Record<string, unknown>;
	readonly name?: string;
	readonly stack?: string;
	readonly protect?: boolean;
	/** Inputs of its provider. */
	readonly provider?: Record<string, unknown>;
}

export interface Violation {
	readonly message: string;
	/** Of this one violation; undefined: as the policy is configured. */
	readonly level: EnforcementLevel | undefined;
}

type Config = Readonly<Record<string, unknown>>;

/** What a policy reports about a resource, as the engine would send it. */
export async function judge(
	policy: ResourceValidationPolicy,
	resource: Judged,
	config: Config = {},
): Promise<Violation[]> {
	const violations: Violation[] = [];
	const report = (reported: unknown) => {
		violations.push(violationOf(policy, reported));
	};
	const props = sdk.unknownCheckingProxy(structuredClone(resource.props));
	for (const validate of [policy.validateResource ?? []].flat()) {
		await validate(argsOf(resource, props, config), report);
	}
	return violations;
}

/** What a policy reports about all resources of a stack together. */
export async function judgeStack(
	policy: StackValidationPolicy,
	resources: PolicyResource[],
): Promise<Violation[]> {
	const violations: Violation[] = [];
	await policy.validateStack(
		{
			resources,
			stackTags: new Map(),
			getConfig: <T extends object>() => ({}) as T,
			notApplicable,
		},
		(reported: unknown) => {
			violations.push(violationOf(policy, reported));
		},
	);
	return violations;
}

/** A resource as it stands beside the others of its stack. */
export function stackResource(resource: Judged): PolicyResource {
	const { type, props, name, urn, opts, isType } = argsOf(
		resource,
		sdk.unknownCheckingProxy(structuredClone(resource.props)),
		{},
	);
	return {
		...{ type, props, name, urn, opts, isType },
		asType: () => undefined,
		dependencies: [],
		propertyDependencies: {},
	};
}

/** The messages alone, without the policy's description in front. */
export async function messagesOf(
	policy: ResourceValidationPolicy,
	resource: Judged,
	config?: Config,
): Promise<string[]> {
	return (await judge(policy, resource, config)).map(({ message }) => message);
}

/** The inputs after the policy's remedy; undefined when it changes nothing. */
export async function remedied(
	policy: ResourceValidationPolicy,
	resource: Judged,
	config: Config = {},
): Promise<Record<string, unknown> | undefined> {
	const target = copy(resource.props);
	const props = sdk.unknownCheckingProxy(secretsPreservingProxy(target));
	const changed = await policy.remediateResource?.(
		argsOf(resource, props, config),
	);
	return changed ? target : undefined;
}

/** Two levels deep, which is where a remedy writes: what lies there may be a secret, which no clone would be. */
function copy(props: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(props).map(([name, value]) => [
			name,
			typeof value === "object" && value?.constructor === Object
				? { ...value }
				: value,
		]),
	);
}

function violationOf(
	policy: { readonly description: string },
	reported: unknown,
): Violation {
	if (typeof reported === "string") {
		return { message: reported, level: undefined };
	}
	const { message, enforcementLevel } = reported as {
		message: string;
		enforcementLevel: EnforcementLevel;
	};
	return {
		message: message.replace(`${policy.description}\n`, ""),
		level: enforcementLevel,
	};
}

function argsOf(
	{ type, name = "it", stack = "prod", protect = false, ...resource }: Judged,
	props: Record<string, unknown>,
	config: Config,
): ResourceValidationArgs {
	return {
		type,
		props,
		name,
		urn: `urn:pulumi:${stack}::trusted-login::${type}::${name}`,
		opts: {
			protect,
			ignoreChanges: [],
			aliases: [],
			additionalSecretOutputs: [],
			customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
		},
		...(resource.provider ? { provider: providerOf(resource.provider) } : {}),
		stackTags: new Map(),
		isType: () => false,
		asType: () => undefined,
		getConfig: <T extends object>() => ({ ...config }) as T,
		notApplicable,
	};
}

function notApplicable(): never {
	throw new Error("a rule says nothing where it does not apply");
}

function providerOf(props: Record<string, unknown>): PolicyProviderResource {
	return {
		type: "pulumi:providers:aws",
		name: "default",
		urn: "urn:pulumi:prod::trusted-login::pulumi:providers:aws::default",
		props: sdk.unknownCheckingProxy(props),
	};
}
