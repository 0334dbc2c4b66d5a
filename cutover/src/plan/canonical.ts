import { createHash } from "node:crypto";
import type { ResourceState, Step } from "./preview.ts";

/** Keys by which the engine marks a value that is more than JSON. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignatures: readonly string[] = [
	"c44067f5952c0a294b673a41bacd8c17",
	"0def7320c3a5731c473e5ecbe6d01bc7",
];
const secret = "[secret]";

/**
 * sha256 (hex) of what a plan does: every operation with its resource, properties and options, in the order of their names.
 * Not of times, places in the source, ids of providers, names that the engine rolls dice for, or what secrets hold (that one
 * changes is part of it). The same program against the same state has the same hash; any other operation has another.
 * @param kind what is done with it: an approved update is no approved destroy.
 */
export function planHash(
	kind: "update" | "destroy",
	steps: readonly Step[],
): string {
	const text = JSON.stringify([
		"trusted-login plan v1",
		kind,
		...canonicalSteps(steps),
	]);
	return createHash("sha256").update(text).digest("hex");
}

/** The lines that are hashed, as JSON values. */
export function canonicalSteps(steps: readonly Step[]): readonly unknown[] {
	const diced = dicedNames(steps);
	return steps
		.filter((step) => step.op !== "same" || changesOptions(step))
		.map((step) => canonicalStep(step, diced))
		.map((value) => ({ value, text: JSON.stringify(value) }))
		.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
		.map(({ value }) => value);
}

function canonicalStep(step: Step, diced: ReadonlyMap<string, string>) {
	const { op, urn, oldState, newState, detailedDiff } = step;
	return sorted(
		{
			op,
			urn,
			type: (newState ?? oldState)?.type,
			old: oldState && {
				urn: oldState.urn,
				id: oldState.id,
				inputs: op === "same" ? undefined : oldState.inputs,
				...optionsOf(oldState),
			},
			new: newState && {
				inputs: op === "same" ? undefined : newState.inputs,
				...optionsOf(newState),
			},
			diff: Object.fromEntries(
				Object.entries(detailedDiff ?? {}).map(([path, { kind }]) => [
					path,
					kind,
				]),
			),
			diffReasons: [...(step.diffReasons ?? [])].sort(),
			replaceReasons: [...(step.replaceReasons ?? [])].sort(),
		},
		diced,
	);
}

/** What decides how a resource is treated, without its properties. */
function optionsOf(state: ResourceState) {
	const list = (names: readonly string[] | null | undefined) =>
		names && names.length > 0 ? [...new Set(names)].sort() : undefined;
	return {
		protect: state.protect,
		retainOnDelete: state.retainOnDelete,
		parent: state.parent,
		// The provider's name; behind it stands an id that is another one in each stack.
		provider: state.provider?.replace(/::[^:]*$/, ""),
		deletedWith: state.deletedWith,
		dependencies: list(state.dependencies),
		additionalSecretOutputs: list(state.additionalSecretOutputs),
		ignoreChanges: list(state.ignoreChanges),
		customTimeouts: state.customTimeouts,
	};
}

/** A resource that stays as it is can still lose its protection. */
function changesOptions({ oldState, newState }: Step): boolean {
	if (!oldState || !newState) return false;
	return (
		oldState.urn !== newState.urn ||
		oldState.protect !== newState.protect ||
		oldState.retainOnDelete !== newState.retainOnDelete
	);
}

/** Keys in order, secrets without what they hold, files by their hash alone, diced names by their resource's. */
function sorted(value: unknown, diced: ReadonlyMap<string, string>): unknown {
	if (typeof value === "string") return undiced(value, diced);
	if (Array.isArray(value)) return value.map((one) => sorted(one, diced));
	if (!isObject(value)) return value;
	const signature = value[signatureKey];
	if (signature === secretSignature) return secret;
	const isFile =
		typeof signature === "string" && assetSignatures.includes(signature);
	return Object.fromEntries(
		Object.keys(value)
			// Where a file lies is another place on each machine; what it holds is its hash.
			.filter(
				(key) => !(isFile && value.hash && ["path", "text"].includes(key)),
			)
			.sort()
			.map((key) => [undiced(key, diced), sorted(value[key], diced)]),
	);
}

/** Names of new resources that their provider made up: `uploads-3f2a91c` becomes `uploads-*`, wherever it stands. */
function dicedNames(steps: readonly Step[]): ReadonlyMap<string, string> {
	const names = new Map<string, string>();
	for (const { op, urn, newState } of steps) {
		const isNew = ["create", "create-replacement", "replace"].includes(op);
		if (!isNew || !newState) continue;
		const logical = urn.split("::").at(-1) ?? "";
		for (const name of madeUp(newState.inputs)) {
			const suffix = name.startsWith(logical) && name.slice(logical.length);
			if (suffix && /^[-_]?[0-9a-z]{6,20}$/.test(suffix)) {
				names.set(name, `${logical}-*`);
			}
		}
	}
	return names;
}

/** What the provider says that it filled in by itself. */
function madeUp(inputs: Readonly<Record<string, unknown>>): readonly string[] {
	const defaults = Array.isArray(inputs.__defaults) ? inputs.__defaults : [];
	const metadata = isObject(inputs.metadata) ? inputs.metadata : {};
	const annotations = isObject(metadata.annotations)
		? metadata.annotations
		: {};
	return [
		...defaults.map((key) => inputs[String(key)]),
		...(annotations["pulumi.com/autonamed"] === "true" ? [metadata.name] : []),
	].filter((name) => typeof name === "string");
}

function undiced(text: string, diced: ReadonlyMap<string, string>): string {
	let result = text;
	for (const [name, stable] of diced) {
		result = result.replaceAll(name, () => stable);
	}
	return result;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === "object" && value !== null && !Array.isArray(value);
