import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type {
	DocumentTable,
	Properties,
	ResourceTable,
	StoredResource,
} from "../handler.ts";

interface Content {
	readonly format: 1;
	resources: StoredResource[];
	documents: Record<string, Record<string, unknown>>;
}

/** What stands in the store in place of a secret input. */
export const secretMark = "[secret]";

/**
 * The laptop cloud's memory: one JSON file, written whole and put in place by a rename, so that a kill at any moment
 * leaves the old content or the new, never half of one.
 */
export class Store {
	readonly file: string;
	readonly #content: Content;
	#writePending = false;

	/** @throws when the file exists and is no store: guessing would lose track of running processes. */
	constructor(folder: string) {
		this.file = join(folder, "store.json");
		this.#content = load(this.file);
	}

	get size(): number {
		return this.#content.resources.length;
	}

	all(): readonly StoredResource[] {
		return this.#content.resources;
	}

	/** Remembers a resource, in place of the one with the same type and id. */
	put(resource: StoredResource): void {
		const list = this.#content.resources;
		const index = list.findIndex(
			(r) => r.type === resource.type && r.id === resource.id,
		);
		if (index < 0) list.push(resource);
		else list[index] = resource;
		this.flush();
	}

	remove(type: string, id: string): void {
		this.#content.resources = this.#content.resources.filter(
			(r) => r.type !== type || r.id !== id,
		);
		this.flush();
	}

	/** The newest resource of this URN: of a replacement, the new one. */
	byUrn(urn: string): StoredResource | undefined {
		return this.#content.resources.findLast((r) => r.urn === urn);
	}

	readonly resources: ResourceTable = {
		get: (type, id) =>
			this.#content.resources.find((r) => r.type === type && r.id === id),
		find: (type, matches) =>
			this.#content.resources.find((r) => r.type === type && matches(r)),
		list: (type) => this.#content.resources.filter((r) => r.type === type),
	};

	readonly documents: DocumentTable = {
		get: <T>(collection: string, key: string) =>
			structuredClone(this.#content.documents[collection]?.[key]) as
				| T
				| undefined,
		put: (collection, key, value) => {
			this.#content.documents[collection] ??= {};
			this.#content.documents[collection][key] = structuredClone(value);
			this.#flushSoon();
		},
		remove: (collection, key) => {
			delete this.#content.documents[collection]?.[key];
			this.#flushSoon();
		},
		entries: <T>(collection: string) =>
			Object.entries(
				structuredClone(this.#content.documents[collection] ?? {}),
			) as [string, T][],
	};

	flush(): void {
		this.#writePending = false;
		const draft = `${this.file}.new`;
		writeFileSync(draft, JSON.stringify(this.#content), { mode: 0o600 });
		renameSync(draft, this.file);
	}

	/** Several documents often change together: they are written once, before anything else gets its turn. */
	#flushSoon(): void {
		if (this.#writePending) return;
		this.#writePending = true;
		queueMicrotask(() => {
			if (this.#writePending) this.flush();
		});
	}
}

/** The properties with the named ones (top level) replaced by a mark. */
export function withoutSecrets(
	properties: Properties,
	secret: readonly string[],
): Properties {
	return Object.fromEntries(
		Object.entries(properties).map(([key, value]) => [
			key,
			secret.includes(key) && value !== undefined ? secretMark : value,
		]),
	);
}

function load(file: string): Content {
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT")
			return { format: 1, resources: [], documents: {} };
		throw error;
	}
	const content = JSON.parse(text) as Content;
	if (content.format !== 1)
		throw new Error(
			`${file} was written by another version of the laptop cloud; destroy its stacks with that version`,
		);
	return content;
}
