import { createHash } from "node:crypto";
import { z } from "zod";
import { duration } from "./durations.ts";
import { ChecklistError } from "./errors.ts";
import { type KindName, kindNames } from "./kinds.ts";
import { maintenanceWindow } from "./window.ts";
import { readYaml } from "./yamlText.ts";

export const gates = ["provision", "cutover", "release"] as const;
export type Gate = (typeof gates)[number];
export const gateName = z.enum(gates);

export const categories = [
	"technical_readiness",
	"business_readiness",
	"operational_readiness",
] as const;
export type Category = (typeof categories)[number];

export const stackName = z
	.string()
	.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, "expected a stack's name");
const id = z
	.string()
	.max(100)
	.regex(
		/^[a-z0-9]+(-[a-z0-9]+)*$/,
		'expected words in lower case with hyphens, such as "support-team-ready"',
	);
/** A role or a name as people write it. */
export const roleName = z
	.string()
	.max(100)
	.regex(
		/^[\p{L}\p{N}][\p{L}\p{N} ()/._&'-]*$/u,
		"expected a name of letters, digits and blanks",
	);
const kind = z.enum(kindNames as readonly [KindName, ...KindName[]]);
const unique = <T>(list: readonly T[]) => new Set(list).size === list.length;
const someGates = z
	.array(gateName)
	.min(1, "expected at least one gate: provision, cutover, release")
	.refine(unique, "expected each gate once");

/** What an item and a criterion rest on. */
const proof = {
	/** Kinds of evidence, all of which are needed. */
	evidence: z.array(kind).refine(unique, "expected each kind once").default([]),
	/** Roles of whom one has to attest it. */
	attestedBy: z
		.array(roleName)
		.refine(unique, "expected each role once")
		.default([]),
	/** The stack that the proof is about: the gated one itself, or the one that proves for it. */
	from: z.enum(["same", "proving"]).default("same"),
	gates: someGates,
	owner: roleName,
};

const item = z
	.strictObject({
		id,
		title: z.string().min(1).max(200),
		category: z.enum(categories),
		group: z.string().min(1).max(100),
		due: z.iso.date('expected a date such as "2027-05-01"'),
		...proof,
	})
	.refine(
		(one) => one.evidence.length > 0 !== one.attestedBy.length > 0,
		"expected either evidence (automated) or attestedBy (manual)",
	);

const criterion = z
	.strictObject({
		id,
		title: z.string().min(1).max(200),
		level: z.enum(["mandatory", "recommended"]),
		...proof,
	})
	.refine(
		(one) => one.evidence.length + one.attestedBy.length > 0,
		"expected evidence or attestedBy: a criterion is met by its own evidence only",
	);

const percent = z.number().min(0).max(100);

const checklistSchema = z
	.strictObject({
		version: z.literal(1),
		/** Part of the items that must be completed, in percent, per category. */
		thresholds: z.strictObject({
			technical_readiness: percent,
			business_readiness: percent,
			operational_readiness: percent,
		}),
		/** Every one of them signs off; no one approves what they produced. */
		decisionMakers: z
			.array(roleName)
			.min(1, "expected at least one decision maker")
			.refine(unique, "expected each decision maker once"),
		/** Who is asked, in this order, when the decision is NO-GO. */
		escalation: z.array(roleName).min(1, "expected at least one role"),
		signOffExpiresAfter: duration,
		/** How long the rollback to the release before stays authorised after the sign-off. */
		rollbackExpiresAfter: duration,
		/** How long an attestation stays good. */
		attestationExpiresAfter: duration,
		/** Images that must be proven, by digest, before a cutover or a release. */
		images: z.array(id).min(1).refine(unique, "expected each image once"),
		/** Per kind: how long it stays good, and further numbers that must hold. */
		evidence: z
			.partialRecord(
				kind,
				z.strictObject({
					expiresAfter: duration.optional(),
					numbers: z
						.record(
							z.string().min(1).max(100),
							z
								.strictObject({
									min: z.number().optional(),
									max: z.number().optional(),
								})
								.refine(
									({ min, max }) => min !== undefined || max !== undefined,
									"expected min or max",
								),
						)
						.default({}),
				}),
			)
			.default({}),
		/** What a plan may not take away without a waiver of its own. */
		destruction: z
			.strictObject({
				/** Types of resources that hold data, besides those that are known to: "kubernetes:core/*:ConfigMap". */
				dataTypes: z
					.array(
						z
							.string()
							.max(200)
							.regex(
								/^[A-Za-z0-9_.*-]+:[A-Za-z0-9_./*-]*:[A-Za-z0-9_*-]+$/,
								'expected a type such as "aws:sqs/queue:Queue"',
							),
					)
					.default([]),
				/** How young a restore drill has to be. */
				drillWithin: duration.default(24 * 60 * 60_000),
			})
			.prefault({}),
		stacks: z.record(
			stackName,
			z.strictObject({
				/** The stack whose evidence counts where an entry says `from: proving`. Default: the stack itself. */
				proving: stackName.optional(),
				/** When a cutover or a release may begin. Default: always. */
				window: maintenanceWindow.optional(),
			}),
		),
		items: z.array(item).min(1, "expected at least one item"),
		criteria: z.array(criterion).min(1, "expected at least one criterion"),
	})
	.superRefine((list, context) => {
		const seen = new Set<string>();
		for (const part of ["items", "criteria"] as const) {
			for (const [index, one] of list[part].entries()) {
				if (seen.has(one.id)) {
					context.addIssue({
						code: "custom",
						path: [part, index, "id"],
						message: `expected an id of its own, got ${one.id} a second time`,
					});
				}
				seen.add(one.id);
			}
		}
	});

export type Item = z.infer<typeof item>;
export type Criterion = z.infer<typeof criterion>;

/** golive.yaml, checked, with its hash. */
export type Checklist = z.infer<typeof checklistSchema> & {
	/** sha256 of the text, hex: sign-offs are given over it. */
	readonly sha256: string;
};

/**
 * Reads golive.yaml.
 * @param file named in problems.
 * @throws ChecklistError with line and column of every problem.
 */
export function parseChecklist(text: string, file = "golive.yaml"): Checklist {
	const read = readYaml(text, checklistSchema, file);
	if (read.problems) throw new ChecklistError(file, read.problems);
	const sha256 = createHash("sha256").update(text).digest("hex");
	return { ...read.value, sha256 };
}

/** The stack whose evidence counts for an entry. */
export function stackOf(
	checklist: Checklist,
	entry: { readonly from: "same" | "proving" },
	stack: string,
): string {
	return entry.from === "same"
		? stack
		: (checklist.stacks[stack]?.proving ?? stack);
}
