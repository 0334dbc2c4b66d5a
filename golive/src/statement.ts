import { z } from "zod";
import { gateName, roleName, stackName } from "./checklist.ts";
import { jsonOf } from "./dsse.ts";
import { instant } from "./durations.ts";

/** sha256 in hex. */
export const sha256Hex = z
	.string()
	.regex(/^[0-9a-f]{64}$/, "expected 64 hex digits");
/** A release as people name it: "2.0.0". */
export const releaseName = z
	.string()
	.regex(
		/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$/,
		'expected a release such as "2.0.0"',
	);
const statementType = "https://in-toto.io/Statement/v1";
const place = "https://trusted-login.com/golive";
const text = (max: number) => z.string().min(1).max(max);

/** What somebody stands for, in their words. */
export const statementText = text(2000);
/** Why somebody goes on without something. */
export const reasonText = z
	.string()
	.min(10, "expected a reason of ten letters or more")
	.max(2000);

/** A file that belongs to evidence, kept beside it. */
const report = z.strictObject({
	name: z
		.string()
		.regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/, "expected a plain file name"),
	sha256: sha256Hex,
	bytes: z.int().min(0),
});

const common = { stack: stackName, release: releaseName };

/** A command proved something. */
const evidence = z.strictObject({
	...common,
	kind: text(100),
	producer: z.strictObject({
		/** Who or what ran it. */
		name: text(200),
		keyId: sha256Hex,
		/** Version of the program that made it. */
		version: text(100),
	}),
	startedAt: instant,
	finishedAt: instant,
	expiresAt: instant,
	outcome: z.enum(["passed", "failed", "inconclusive", "not run"]),
	/** Raw numbers. Not typed here: a missing or malformed one is a failure to name, not a file to overlook. */
	numbers: z.record(z.string().min(1).max(100), z.unknown()),
	reports: z.array(report).max(100),
});

/** A person stands for an item or a criterion. */
const attestation = z.strictObject({
	...common,
	/** Id of the item or criterion. */
	item: text(100),
	role: roleName,
	statement: statementText,
	signedAt: instant,
	expiresAt: instant,
});

/** Images by name, each with the sha256 of its manifest (hex). */
const images = z.record(text(100), sha256Hex);

/** A release that one may go back to. */
const rollbackTo = z.strictObject({
	/** "legacy" stands for the system before the cutover. */
	release: releaseName,
	images,
	/** The program's tree of that time, where it is to be used again. */
	tree: sha256Hex.optional(),
});

/** A decision maker signs off exactly what was on the table. */
const approval = z.strictObject({
	...common,
	gate: gateName,
	role: roleName,
	/** Hash over the evidence that counted, the checklist, the trusted keys, the subject and the rollback. */
	evidenceSet: sha256Hex,
	/** Hash of the plan; null when none was shown. */
	planHash: sha256Hex.nullable(),
	rollbackTo: rollbackTo.nullable(),
	/** Start of the maintenance window that is approved. */
	windowStart: instant.nullable(),
	signedAt: instant,
	expiresAt: instant,
});

/** Somebody answers for going on without an item or criterion. */
const waiver = z.strictObject({
	...common,
	gate: gateName,
	/** Id of the item or criterion, or `sign-off:<role>`. */
	item: text(200),
	role: roleName,
	reason: reasonText,
	/** Break glass: for what is mandatory, with a second decision maker. */
	emergency: z.boolean(),
	signedAt: instant,
	expiresAt: instant,
});

/** People were told of a maintenance window. */
const notice = z.strictObject({
	...common,
	windowStart: instant,
	groups: z.array(text(100)).min(1).max(100),
	role: roleName,
	sentAt: instant,
	signedAt: instant,
});

const predicates = { evidence, attestation, approval, waiver, notice };

export type PredicateName = keyof typeof predicates;
export type Evidence = z.infer<typeof evidence>;
export type Attestation = z.infer<typeof attestation>;
export type Approval = z.infer<typeof approval>;
export type Waiver = z.infer<typeof waiver>;
export type Notice = z.infer<typeof notice>;
export type RollbackTo = z.infer<typeof rollbackTo>;
export type ReportFile = z.infer<typeof report>;

/** What is signed, by what it says. */
export type Predicate =
	| { readonly type: "evidence"; readonly body: Evidence }
	| { readonly type: "attestation"; readonly body: Attestation }
	| { readonly type: "approval"; readonly body: Approval }
	| { readonly type: "waiver"; readonly body: Waiver }
	| { readonly type: "notice"; readonly body: Notice };

const subject = z
	.array(
		z.strictObject({
			name: text(200),
			digest: z.strictObject({ sha256: sha256Hex }),
		}),
	)
	.min(1)
	.max(100)
	.refine(
		(list) => new Set(list.map(({ name }) => name)).size === list.length,
		"expected each subject once",
	);

const statementOf = <
	Name extends PredicateName,
	Body extends (typeof predicates)[Name],
>(
	name: Name,
	body: Body,
) =>
	z.strictObject({
		_type: z.literal(statementType),
		subject,
		predicateType: z.literal(predicateType(name)),
		predicate: body,
	});

const statementSchema = z.discriminatedUnion("predicateType", [
	statementOf("evidence", evidence),
	statementOf("attestation", attestation),
	statementOf("approval", approval),
	statementOf("waiver", waiver),
	statementOf("notice", notice),
]);

/** Digests by subject name: `tree`, `package-lock.json`, `image:<name>`. */
export type Digests = Readonly<Record<string, string>>;

export interface Statement {
	readonly subject: Digests;
	readonly predicate: Predicate;
}

/** Our own type of a predicate. */
export function predicateType<Name extends PredicateName>(name: Name) {
	return `${place}/${name}/v1` as const;
}

/**
 * The JSON of a statement, checked on its way out as on its way in.
 * @throws ZodError when it would not be accepted back.
 */
export function writeStatement({ subject, predicate }: Statement): string {
	const statement = {
		_type: statementType,
		subject: Object.entries(subject)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([name, sha256]) => ({ name, digest: { sha256 } })),
		predicateType: predicateType(predicate.type),
		predicate: predicate.body,
	};
	statementSchema.parse(statement);
	return JSON.stringify(statement);
}

/** Reads the JSON of a statement; undefined when it is none of ours. */
export function readStatement(json: string): Statement | undefined {
	const parsed = statementSchema.safeParse(jsonOf(json));
	if (!parsed.success) return undefined;
	const { subject: list, predicateType: type, predicate } = parsed.data;
	const names = Object.keys(predicates) as PredicateName[];
	const name = names.find((one) => predicateType(one) === type);
	return {
		subject: Object.fromEntries(
			list.map((one) => [one.name, one.digest.sha256]),
		),
		// The union has matched type and body already.
		predicate: { type: name, body: predicate } as Predicate,
	};
}
