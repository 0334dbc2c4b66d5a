import type {
	Cloud,
	Created,
	CreateRequest,
	Properties,
	ResourceHandler,
} from "./handler.ts";

/** A type whose resources are descriptions only: nothing runs, but the service's rules hold. */
export interface RememberedType {
	readonly type: string;
	readonly replaceOn: readonly string[];
	readonly deleteBeforeReplace?: boolean;
	/** What the provider fills in for inputs that are not given. */
	readonly defaults?: Properties;
	readonly check?: ResourceHandler["check"];
	/** Refuses what the service would refuse and answers the id and the computed outputs. */
	describe(request: CreateRequest, cloud: Cloud): Created;
	/** Refuses a change in place. */
	verifyUpdate?(inputs: Properties, id: string, cloud: Cloud): void;
	/** Names what still uses the resource: it cannot be deleted before that is gone. */
	usedBy?(id: string, cloud: Cloud): string | undefined;
}

export function rememberedHandler(spec: RememberedType): ResourceHandler {
	const { type, defaults = {} } = spec;
	return {
		replaceOn: spec.replaceOn,
		...(spec.deleteBeforeReplace === undefined
			? {}
			: { deleteBeforeReplace: spec.deleteBeforeReplace }),
		...(spec.check === undefined ? {} : { check: spec.check }),
		async create(request, cloud) {
			const { id, outputs } = spec.describe(request, cloud);
			return {
				id,
				outputs: withTags({ ...defaults, ...request.inputs, ...outputs }),
			};
		},
		async read(id, _outputs, cloud) {
			return cloud.resources.get(type, id)?.outputs;
		},
		async update({ id, inputs, oldInputs, outputs }, cloud) {
			spec.verifyUpdate?.(inputs, id, cloud);
			return echo(outputs, oldInputs, inputs, defaults);
		},
		async delete(id, _outputs, cloud) {
			await waitUntilUnused(type, id, () => spec.usedBy?.(id, cloud));
		},
	};
}

/** The outputs after a change in place: new inputs as they are, dropped ones back at their defaults. */
export function echo(
	outputs: Properties,
	oldInputs: Properties,
	inputs: Properties,
	defaults: Properties = {},
): Properties {
	const computed = Object.fromEntries(
		Object.entries(outputs).filter(([key]) => !(key in oldInputs)),
	);
	return withTags({ ...defaults, ...computed, ...inputs });
}

/** `tagsAll` is what the tags are with the provider's default tags: here there are none. */
export const withTags = (outputs: Properties): Properties => ({
	...outputs,
	tagsAll: outputs.tags ?? {},
});

/**
 * Waits while something uses a resource, as the provider retries a DependencyViolation: deletes of user and used run
 * at the same time when the program gives them no order.
 */
export async function waitUntilUnused(
	type: string,
	id: string,
	usedBy: () => string | undefined,
	patienceMs = 15_000,
): Promise<void> {
	const deadline = Date.now() + patienceMs;
	for (;;) {
		const user = usedBy();
		if (user === undefined) return;
		if (Date.now() > deadline)
			throw new Error(
				`DependencyViolation: ${type} '${id}' is used by ${user} and cannot be deleted`,
			);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
