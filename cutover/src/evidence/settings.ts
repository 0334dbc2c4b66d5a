import {
	gateName,
	kindNames,
	reasonText,
	releaseName,
	roleName,
	sha256Hex,
	stackName,
	statementText,
} from "@trusted-login/golive";
import { z } from "zod";
import { reportAddress } from "../reports/address.ts";

const kind = z.enum(kindNames as readonly [string, ...string[]]);
const words = z
	.string()
	.transform((text) =>
		text
			.split(",")
			.map((word) => word.trim())
			.filter((word) => word !== ""),
	)
	.pipe(z.array(z.string()).min(1, "expected names separated by commas"));
const instant = z.iso.datetime(
	'expected a time in UTC such as "2027-06-06T02:00:00Z"',
);
const days = z.coerce.number().positive().max(365);

/** Where evidence lies. */
export const placeSchema = z.object({ evidence: z.string() });

/** Who signs. The key itself comes from the environment only. */
export const signerSchema = z.object({
	signingKeyFile: z.string().optional(),
	signingKey: z.string().optional(),
	/** Comment or id of a key in the agent at SSH_AUTH_SOCK. */
	signingAgentKey: z.string().optional(),
});

/** What is spoken of. */
export const aboutSchema = z.object({
	stack: stackName,
	release: releaseName,
	/** Top of the program. */
	program: z.string().default("."),
	/** Hashes of tree and lock file, where there is no checkout. */
	programFile: z.string().optional(),
	/** Images by digest, `name=sha256:...`, separated by commas. Default: as the stack file says. */
	images: z
		.string()
		.regex(
			/^[a-z0-9-]+=\S*sha256:[0-9a-f]{64}(,[a-z0-9-]+=\S*sha256:[0-9a-f]{64})*$/,
			"expected name=sha256:<64 hex digits>, separated by commas",
		)
		.transform((text) =>
			Object.fromEntries(
				text.split(",").map((part) => {
					const at = part.indexOf("=");
					return [part.slice(0, at), part.slice(at + 1)];
				}),
			),
		)
		.optional(),
});

/** Whom to believe. */
export const trustSchema = z.object({
	trust: z.string(),
	trustSha256: sha256Hex,
});

/** Everything a decision is made of. */
export const caseSchema = z.object({
	...placeSchema.shape,
	...aboutSchema.shape,
	...trustSchema.shape,
	gate: gateName.default("cutover"),
	planHash: sha256Hex.optional(),
});

export const decideSchema = z.object({
	...caseSchema.shape,
	reportDir: reportAddress,
});

export const recordSchema = z.object({
	...placeSchema.shape,
	...signerSchema.shape,
	...aboutSchema.shape,
	kind,
	/** A result that a command printed with --json, or {"passes", "failures"}. */
	result: z.string(),
	/** Further files to keep. */
	reports: words.optional(),
	expiresDays: days.optional(),
});

const signedCase = z.object({ ...caseSchema.shape, ...signerSchema.shape });

export const attestSchema = z.object({
	...signedCase.shape,
	item: z.string(),
	statement: statementText,
	expiresDays: days.default(30),
});

export const approveSchema = z.object({
	...signedCase.shape,
	role: roleName.optional(),
	rollbackTo: releaseName.optional(),
	rollbackImages: aboutSchema.shape.images,
	rollbackTree: sha256Hex.optional(),
	window: instant.optional(),
	expiresDays: days.default(3),
});

export const waiveSchema = z.object({
	...signedCase.shape,
	item: z.string(),
	reason: reasonText,
	emergency: z.boolean().default(false),
	expiresHours: z.coerce
		.number()
		.positive()
		.max(90 * 24),
});

export const noticeSchema = z.object({
	...signedCase.shape,
	window: instant,
	groups: words,
	sentAt: instant.optional(),
});

export const listSchema = z.object({
	...placeSchema.shape,
	...trustSchema.shape,
	stack: stackName.optional(),
	release: releaseName.optional(),
});

export const showSchema = z.object({
	...placeSchema.shape,
	record: z.string(),
});

const entrySchema = z.object({
	holder: z.string().default("name of the person or machine"),
	role: roleName.default("role"),
});

export const keySchema = z.object({
	...entrySchema.shape,
	signingKeyFile: z.string(),
});

export const shownKeySchema = z.object({
	...entrySchema.shape,
	...signerSchema.shape,
});

export const subjectSchema = z.object({ program: z.string().default(".") });

export type CaseSettings = z.infer<typeof caseSchema>;
export type DecideSettings = z.infer<typeof decideSchema>;
export type RecordSettings = z.infer<typeof recordSchema>;
export type AttestSettings = z.infer<typeof attestSchema>;
export type ApproveSettings = z.infer<typeof approveSchema>;
export type WaiveSettings = z.infer<typeof waiveSchema>;
export type NoticeSettings = z.infer<typeof noticeSchema>;
export type ListSettings = z.infer<typeof listSchema>;
export type KeySettings = z.infer<typeof keySchema>;
export type ShownKeySettings = z.infer<typeof shownKeySchema>;
export type SignerSettings = z.infer<typeof signerSchema>;
