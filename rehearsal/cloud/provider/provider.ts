import type { Decision } from "../diff.ts";
import type { Properties, PropertyFailure } from "../handler.ts";

/** What the engine asks about one resource. */
export interface ResourceRequest {
	readonly urn: string;
	/** Type token. */
	readonly type: string;
	/** Logical name. */
	readonly name: string;
}

/** Inputs or outputs without the engine's marks, and which top-level ones are secrets. */
export interface Marked {
	readonly values: Properties;
	readonly secrets: readonly string[];
}

/** Shows a line in the engine's display of the resource. */
export type Tell = (
	message: string,
	severity?: "info" | "warning" | "status",
) => void;

/** A provider in the terms of this project; `serveProvider` speaks the engine's protocol for it. */
export interface Provider {
	readonly name: string;
	/** Of the package that it stands in for: the engine compares it with what the program uses. */
	readonly version: string;
	checkConfig(inputs: Properties): readonly PropertyFailure[];
	check(
		request: ResourceRequest & { inputs: Marked },
	): readonly PropertyFailure[];
	diff(
		request: ResourceRequest & {
			id: string;
			oldInputs: Properties;
			inputs: Properties;
			outputs: Properties;
		},
	): Decision;
	create(
		request: ResourceRequest & { inputs: Marked; tell: Tell },
	): Promise<{ id: string; outputs: Marked }>;
	/** The outputs of an update as far as they are known before it. */
	previewUpdate(
		request: ResourceRequest & { inputs: Marked; outputs: Marked },
	): Marked;
	read(
		request: ResourceRequest & {
			id: string;
			inputs: Marked;
			outputs: Marked;
		},
	): Promise<{ inputs: Marked; outputs: Marked } | undefined>;
	update(
		request: ResourceRequest & {
			id: string;
			inputs: Marked;
			oldInputs: Properties;
			outputs: Marked;
			tell: Tell;
		},
	): Promise<Marked>;
	delete(
		request: ResourceRequest & {
			id: string;
			outputs: Marked;
			tell: Tell;
		},
	): Promise<void>;
	invoke(token: string, args: Properties): Promise<Properties>;
	/** The person gave up: end what runs. */
	cancel(): void;
}
