import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
	type Preview,
	parsePreview,
	type Step,
} from "../../../cutover/src/plan/preview.ts";

export type Recorded =
	| "create"
	| "same"
	| "update"
	| "password"
	| "replace"
	| "delete"
	| "destroy";

/** The JSON of a preview as the engine wrote it for test/integration/plan/program, without its outputs. */
export const recordedText = (name: Recorded): string =>
	readFileSync(join(import.meta.dirname, "previews", `${name}.json`), "utf8");

export const recorded = (name: Recorded): Preview =>
	parsePreview(recordedText(name));

/** Steps of a recorded preview, after a change of its JSON. */
export function changed(
	name: Recorded,
	change: (json: { steps: Json[] }) => void,
): readonly Step[] {
	const json = JSON.parse(recordedText(name));
	change(json);
	return parsePreview(JSON.stringify(json)).steps;
}

/** A step as JSON, to be changed. */
export interface Json {
	[key: string]: unknown;
	urn: string;
	op: string;
	oldState: Json;
	newState: Json;
	inputs: Record<string, unknown>;
}

/** The step of the database, or of the bucket. */
export function stepOf(
	{ steps }: { steps: Json[] },
	name: "database" | "uploads" | "trusted-login-prod",
): Json {
	const found = steps.find(({ urn }) => urn.endsWith(`::${name}`));
	if (!found) throw new Error(`expected a step of ${name}`);
	return found;
}

/** A step of a resource of a type, made up. */
export function stepFor(
	op: Step["op"],
	type: string,
	more: Partial<Step> = {},
): Step {
	const urn = `urn:pulumi:prod::trusted-login::${type}::thing`;
	const state = {
		urn,
		type,
		id: "id-1",
		inputs: {},
		protect: false,
		retainOnDelete: false,
	};
	return { op, urn, oldState: state, newState: state, ...more };
}
