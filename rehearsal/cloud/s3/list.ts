import type { StoredObject } from "./objects.ts";

export interface ListRequest {
	readonly prefix: string;
	readonly delimiter: string;
	readonly maxKeys: number;
	/** Keys after this one (exclusive). */
	readonly after: string;
}

export interface ListAnswer {
	readonly objects: readonly StoredObject[];
	readonly commonPrefixes: readonly string[];
	/** Give it as `after` of the next request; undefined at the end. */
	readonly next?: string;
}

/** Pure ListObjectsV2: objects come sorted; keys that share a piece up to the delimiter are rolled up into one. */
export function listObjects(
	objects: readonly StoredObject[],
	{ prefix, delimiter, maxKeys, after }: ListRequest,
): ListAnswer {
	const found: StoredObject[] = [];
	const prefixes = new Set<string>();
	let last = after;
	for (const object of objects) {
		const { key } = object;
		if (!key.startsWith(prefix) || compare(key, after) <= 0) continue;
		const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
		const group = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
		if (group !== undefined && group === after) continue;
		if (group !== undefined && after !== "" && after.startsWith(group))
			continue;
		if (group !== undefined && prefixes.has(group)) {
			last = key;
			continue;
		}
		if (found.length + prefixes.size >= maxKeys)
			return { objects: found, commonPrefixes: [...prefixes], next: last };
		if (group === undefined) found.push(object);
		else prefixes.add(group);
		last = key;
	}
	return { objects: found, commonPrefixes: [...prefixes] };
}

const compare = (a: string, b: string): number =>
	Buffer.compare(Buffer.from(a), Buffer.from(b));
