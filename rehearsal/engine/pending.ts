/** What `pulumi stack export` says of a resource, as far as settling needs it. */
export interface StateResource {
	urn: string;
	type: string;
	id?: string;
	parent?: string;
	/** Already replaced, waiting for its deletion. */
	delete?: boolean;
}

/** An operation that an engine had begun when it was killed. */
export interface PendingOperation {
	type: string;
	resource: StateResource;
}

/** What the cloud says about a URN. */
export interface CloudAnswer {
	found: boolean;
	id?: string;
}

/** What to do with one pending operation. */
export type Settlement =
	/** The cloud has it, the state does not: it becomes part of the stack. */
	| { action: "import"; resource: StateResource; id: string }
	/** Nothing came of it, or the state has its result already: forgotten. */
	| { action: "forget"; resource: StateResource; because: string }
	/** The cloud has a half-done replacement beside the resource of the state: removed, the next update makes it again. */
	| { action: "remove"; resource: StateResource; id: string }
	/** The state takes over what the cloud says. */
	| { action: "reread"; resource: StateResource; interrupted: string };

/** Pure: one settlement for each pending operation, in their order. */
export function planSettlement(
	pending: readonly PendingOperation[],
	resources: readonly StateResource[],
	cloud: ReadonlyMap<string, CloudAnswer>,
): Settlement[] {
	return pending.map(({ type, resource }): Settlement => {
		if (type !== "creating")
			return { action: "reread", resource, interrupted: type };
		const inState = resources.find(
			(other) => other.urn === resource.urn && other.delete !== true,
		);
		const answer = cloud.get(resource.urn);
		if (answer?.found !== true || answer.id === undefined)
			return {
				action: "forget",
				resource,
				because: "the cloud does not have it",
			};
		const { id } = answer;
		if (inState === undefined) return { action: "import", resource, id };
		return inState.id === id
			? { action: "forget", resource, because: "the state has it already" }
			: { action: "remove", resource, id };
	});
}

/** The URNs that the cloud has to be asked about. */
export function urnsToAsk(pending: readonly PendingOperation[]): string[] {
	return pending
		.filter(({ type }) => type === "creating")
		.map(({ resource }) => resource.urn);
}

/** The file that `pulumi import --file` reads. */
export function importFile(
	imports: readonly { resource: StateResource; id: string }[],
): string {
	const parents = [
		...new Set(
			imports.flatMap(({ resource }) => resource.parent ?? []).filter(isNamed),
		),
	];
	return JSON.stringify({
		nameTable: Object.fromEntries(
			parents.map((urn, index) => [`parent${index}`, urn]),
		),
		resources: imports.map(({ resource, id }) => {
			const parent = parents.indexOf(resource.parent ?? "");
			return {
				type: resource.type,
				name: nameOf(resource.urn),
				id,
				...(parent >= 0 ? { parent: `parent${parent}` } : {}),
			};
		}),
	});
}

/** The stack itself is everybody's parent without being named. */
const isNamed = (urn: string): boolean =>
	!urn.includes("::pulumi:pulumi:Stack::");

/** A logical name may hold colons itself: `urn:pulumi:stack::project::type::name`. */
export const nameOf = (urn: string): string =>
	urn.split("::").slice(3).join("::");
