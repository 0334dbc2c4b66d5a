import { z } from "zod";

const date = z.iso.date('expected a date such as "2027-06-30"');

/** When /api/v1 was declared deprecated and when it ends; both are told to every client. */
export const apiSettings = z
	.strictObject({ deprecationDate: date, sunsetDate: date })
	.refine((api) => api.sunsetDate > api.deprecationDate, {
		path: ["sunsetDate"],
		error: "expected a date after deprecationDate",
	});

/** CloudWatch keeps logs for these numbers of days and no other. */
const RETENTION_DAYS = [
	1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 731,
] as const;

export const logSettings = z.strictObject({
	/** 30 days cover the release before this one and its incident review. */
	retentionDays: z
		.number()
		.refine((days) => RETENTION_DAYS.some((allowed) => allowed === days), {
			error: `expected one of ${RETENTION_DAYS.join(", ")}`,
		})
		.default(30),
});

export const uploadSettings = z.strictObject({
	/** Off, a destroy deletes every uploaded file. */
	deletionProtection: z.boolean().default(true),
});

/** A bucket name and at least one part of a prefix: the jobs may write below it, and nowhere else. */
const S3_PREFIX = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.=+@-]+)+$/;

export const reportSettings = z.strictObject({
	/** Where the migration jobs keep their reports. Default: a bucket that the stack makes. */
	address: z
		.string()
		.regex(S3_PREFIX, "expected s3://bucket/prefix, without a slash at its end")
		.optional(),
	/** Off, a destroy deletes the reports of the stack's own bucket: the proof of what the jobs did. */
	deletionProtection: z.boolean().default(true),
});

export const repositorySettings = z.strictObject({
	/** Off, a destroy deletes images that a rollback may need. */
	deletionProtection: z.boolean().default(true),
});

export const secretSettings = z.strictObject({
	/** How long a deleted secret can be brought back; 0 frees its name at once. */
	recoveryDays: z
		.int()
		.refine((days) => days === 0 || (days >= 7 && days <= 30), {
			error: "expected 0, or 7 to 30",
		})
		.default(30),
});

/** The go-live gate in front of every update. */
export const gateSettings = z.strictObject({
	/** advisory: what is missing is reported and stops nothing; counts only where the trusted keys name the stack so. */
	mode: z.enum(["mandatory", "advisory"]).default("mandatory"),
	/** The gate of phase live: cutover the first time, release from then on. */
	live: z.enum(["cutover", "release"]).default("cutover"),
	/** The release that goes out, as its evidence names it; CUTOVER_RELEASE of the runner wins. */
	release: z
		.string()
		.regex(
			/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$/,
			'expected a release such as "2.0.0"',
		)
		.optional(),
	/** Folder or bucket of the evidence, outside the repository; CUTOVER_EVIDENCE of the runner wins. */
	evidence: z.string().min(1).optional(),
});

export type ApiSettings = z.infer<typeof apiSettings>;
export type ReportSettings = z.infer<typeof reportSettings>;
export type LogSettings = z.infer<typeof logSettings>;
export type GateSettings = z.infer<typeof gateSettings>;
