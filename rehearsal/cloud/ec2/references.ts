import type { Cloud, Properties, StoredResource } from "../handler.ts";

/** @throws `Invalid...NotFound` when an id refers to nothing in this cloud. */
export function requireResource(
	cloud: Cloud,
	type: string,
	id: string | undefined,
	what: string,
): StoredResource {
	const found = id === undefined ? undefined : cloud.resources.get(type, id);
	if (found === undefined)
		throw new Error(
			`${what}.NotFound: the laptop cloud has no ${type.split(":").at(-1)} with the id '${id}'`,
		);
	return found;
}

/** The first resource of the types whose inputs mention an id anywhere: its type and id. */
export function findUser(
	cloud: Cloud,
	id: string,
	types: readonly string[],
	also: (resource: StoredResource) => boolean = () => true,
): string | undefined {
	for (const type of types) {
		const user = cloud.resources.find(
			type,
			(r) => r.id !== id && mentions(r.inputs, id) && also(r),
		);
		if (user !== undefined) return `${type.split(":").at(-1)} ${user.id}`;
	}
	return undefined;
}

function mentions(value: unknown, id: string): boolean {
	if (value === id) return true;
	if (typeof value !== "object" || value === null) return false;
	return Object.values(value as Properties).some((item) => mentions(item, id));
}
