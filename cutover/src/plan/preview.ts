import { z } from "zod";
import { RefusedError, reasonOf } from "../errors.ts";

const properties = z.record(z.string(), z.unknown());

/** A resource as the engine knows it; whatever does not say what it is is left out. */
const state = z.object({
	urn: z.string(),
	type: z.string(),
	id: z.string().optional(),
	inputs: properties.default({}),
	protect: z.boolean().default(false),
	retainOnDelete: z.boolean().default(false),
	parent: z.string().optional(),
	provider: z.string().optional(),
	deletedWith: z.string().optional(),
	dependencies: z.array(z.string()).nullish(),
	additionalSecretOutputs: z.array(z.string()).nullish(),
	ignoreChanges: z.array(z.string()).nullish(),
	hideDiff: z.array(z.string()).nullish(),
	customTimeouts: z.unknown().optional(),
});

/** Every operation that the engine has. One that is not here is refused: nobody could say what it takes away. */
export const operations = [
	"same",
	"create",
	"update",
	"delete",
	"replace",
	"create-replacement",
	"delete-replaced",
	"read",
	"read-replacement",
	"refresh",
	"discard",
	"discard-replaced",
	"remove-pending-replace",
	"import",
	"import-replacement",
] as const;
export type Operation = (typeof operations)[number];

const step = z.object({
	op: z.enum(operations),
	urn: z.string().startsWith("urn:pulumi:"),
	oldState: state.nullish(),
	newState: state.nullish(),
	diffReasons: z.array(z.string()).nullish(),
	replaceReasons: z.array(z.string()).nullish(),
	detailedDiff: z
		.record(
			z.string(),
			z.object({ kind: z.string(), inputDiff: z.boolean().optional() }),
		)
		.nullish(),
});

const preview = z.object({
	steps: z.array(step),
	diagnostics: z
		.array(
			z.object({
				urn: z.string().optional(),
				message: z.string().default(""),
				severity: z.string().default("info"),
			}),
		)
		.nullish(),
});

export type ResourceState = z.infer<typeof state>;
export type Step = z.infer<typeof step>;

/** What `pulumi preview --json` says. */
export interface Preview {
	readonly steps: readonly Step[];
	/** What the engine calls errors, one line each. */
	readonly errors: readonly string[];
}

/**
 * Reads the JSON of a preview.
 * @throws RefusedError when it is none that this version understands: a plan that nobody can read is not approved.
 */
export function parsePreview(text: string): Preview {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw new RefusedError(
			`expected the JSON of a preview, got ${text.trim() === "" ? "nothing" : reasonOf(error)}`,
			{ cause: error },
		);
	}
	const parsed = preview.safeParse(json);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw new RefusedError(
			`expected a preview as Pulumi 3 writes it, got another form at ${issue?.path.join(".")}: ${issue?.message}; use the engine's version that the project names`,
		);
	}
	const { steps, diagnostics } = parsed.data;
	return {
		steps,
		errors: (diagnostics ?? [])
			.filter(({ severity }) => severity === "error")
			.map(({ message }) => message.trim()),
	};
}
