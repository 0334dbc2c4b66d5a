/**
 * What a resource type of the laptop cloud has to be able to do.
 *
 * A handler is the stand-in for one resource type of the real provider: it receives inputs that were already checked
 * against the provider's types and makes the real thing (a process, a folder, a proxy), or only remembers it.
 */
export interface ResourceHandler {
	/** Inputs whose change means a new resource, as the real provider decides. Dotted paths are allowed. */
	readonly replaceOn: readonly string[];
	/** The resource holds a name or port that two cannot share. Default: false. */
	readonly deleteBeforeReplace?: boolean;
	/** Inputs whose values must not stand in the cloud's own store; they are remembered as a mark only. */
	readonly secretInputs?: readonly string[];
	/** Outputs that an update in place may change although no input of that name did: unknown in its preview. */
	readonly changesOnUpdate?: readonly string[];
	/** Refuses inputs that the provider's types allow but the service does not. One message per bad property path. */
	check?(inputs: Properties): readonly PropertyFailure[];
	/** Makes the resource. Fails with an Error whose message is what the service would say. */
	create(request: CreateRequest, cloud: Cloud): Promise<Created>;
	/** The resource's outputs as they are now, or undefined when it is gone. */
	read(
		id: string,
		outputs: Properties,
		cloud: Cloud,
	): Promise<Properties | undefined>;
	/** Changes the resource in place and answers its new outputs. */
	update(request: UpdateRequest, cloud: Cloud): Promise<Properties>;
	/** Removes the resource; removing what is gone already is no error. */
	delete(id: string, outputs: Properties, cloud: Cloud): Promise<void>;
	/** Brings back what a resource needs to live after the daemon was restarted: processes, listeners. */
	revive?(id: string, outputs: Properties, cloud: Cloud): Promise<void>;
	/** Ends what `revive` would bring back and keeps the data: called when the whole laptop cloud is shut down. */
	suspend?(id: string, outputs: Properties, cloud: Cloud): Promise<void>;
}

/**
 * The resource exists now, but is not what was asked for: a create or update that failed on the way. The engine keeps
 * the id and these outputs in its state, and tries an update next time.
 */
export class PartialFailure extends Error {
	override readonly name = "PartialFailure";
	readonly id: string;
	readonly outputs: Properties;

	constructor(message: string, id: string, outputs: Properties) {
		super(message);
		this.id = id;
		this.outputs = outputs;
	}
}

export type Properties = Record<string, unknown>;

export interface PropertyFailure {
	readonly property: string;
	readonly reason: string;
}

export interface CreateRequest {
	readonly urn: string;
	/** The logical name in the program, from which a physical name is derived where none is given. */
	readonly name: string;
	readonly inputs: Properties;
	/** A name for the physical resource: the logical name and seven random hex digits, as the real provider makes it. */
	autoName(): string;
}

export interface UpdateRequest {
	readonly id: string;
	readonly urn: string;
	readonly inputs: Properties;
	readonly oldInputs: Properties;
	readonly outputs: Properties;
}

export interface Created {
	readonly id: string;
	readonly outputs: Properties;
}

/** One resource as the store remembers it. */
export interface StoredResource {
	readonly type: string;
	readonly id: string;
	readonly urn: string;
	readonly inputs: Properties;
	readonly outputs: Properties;
}

/** What every handler may ask of the daemon. */
export interface Cloud {
	readonly region: string;
	readonly accountId: string;
	/** Folder that the cloud owns; removed with the last resource. */
	readonly root: string;
	/** `http://127.0.0.1:<port>` of the daemon's AWS API, and the credentials that open it. */
	readonly endpoint: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** Seconds that one minute of a service's configuration takes here. */
	readonly minuteSeconds: number;
	readonly resources: ResourceTable;
	/** State of a service that is no resource of its own: tasks, deployments, rule weights. Survives a restart. */
	readonly documents: DocumentTable;
	/** Goes to laptopd.log and, while a resource is created, changed or deleted, to the engine's display. */
	log(message: string): void;
	/** Waits out or throws the fault that a test asked for at this place, if any. */
	faultPoint(place: {
		type: string;
		operation: string;
		urn?: string;
		stage?: string;
	}): Promise<void>;
}

export interface ResourceTable {
	get(type: string, id: string): StoredResource | undefined;
	find(
		type: string,
		matches: (resource: StoredResource) => boolean,
	): StoredResource | undefined;
	list(type: string): readonly StoredResource[];
}

export interface DocumentTable {
	get<T>(collection: string, key: string): T | undefined;
	put<T>(collection: string, key: string, value: T): void;
	remove(collection: string, key: string): void;
	entries<T>(collection: string): readonly (readonly [string, T])[];
}
