import { convertVerb } from "./convert.ts";
import { fenceVerbs, finalSyncVerb } from "./fence.ts";
import { schemaApply, schemaStatusVerb } from "./schema.ts";
import { validateVerb } from "./validate.ts";
import type { Verb } from "./verb.ts";

/** Every verb, in the order in which help shows them. */
export const verbs: readonly Verb[] = [
	schemaApply,
	schemaStatusVerb,
	convertVerb,
	validateVerb,
	...fenceVerbs,
	finalSyncVerb,
];
