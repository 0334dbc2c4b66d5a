import { z } from "zod";
import { databaseUrl } from "../databaseUrl.ts";
import { reportAddress } from "../reports/address.ts";

const flag = z.boolean().default(false);
const count = z.coerce.number().int();
const list = z
	.string()
	.transform((text) =>
		text
			.split(",")
			.map((part) => part.trim())
			.filter((part) => part !== ""),
	)
	.default([]);

const keys = {
	recipients: z.string().optional(),
	recipientsFile: z.string().optional(),
	identityFile: z.string().optional(),
	identity: z.string().optional(),
};

const retention = {
	keep: count.positive().optional(),
	keepDays: count.positive().optional(),
};

/** Where programs of PostgreSQL are found and how a local server is run. */
const local = {
	pgBin: z.string().optional(),
	runAs: z.string().default("postgres"),
	/** Folder for what has to be plain for a while; a RAM disk leaves no trace. */
	spool: z.string().optional(),
};

const rdsInstance = z
	.string()
	.regex(
		/^[a-z][a-z0-9-]{0,62}$/i,
		"expected the identifier of an RDS instance",
	)
	.optional();

/** Options of `backup full` and `backup incremental`. */
export const takeSchema = z.object({
	database: databaseUrl.optional(),
	into: z.string().min(1),
	authDatabase: databaseUrl.optional(),
	uploads: z.string().optional(),
	config: z.string().optional(),
	envFile: z.string().optional(),
	images: list,
	saveImages: flag,
	rolePasswords: flag,
	jobs: count.min(1).max(64).default(2),
	plaintext: flag,
	acceptUnlimitedWal: flag,
	slot: z
		.string()
		.regex(/^[a-z0-9_]{1,63}$/, "expected lower-case letters, digits and _")
		.default("backup_slot"),
	rdsInstance,
	timeoutSeconds: z.coerce.number().positive().default(14_400),
	...keys,
	...retention,
	...local,
});

export type TakeSettings = z.infer<typeof takeSchema>;

/** Options of `backup list`. */
export const listSchema = z.object({
	into: z.string().min(1),
	database: databaseUrl.optional(),
	slot: takeSchema.shape.slot,
	...retention,
});

export type ListSettings = z.infer<typeof listSchema>;

/** Options of `backup verify`. */
export const verifySchema = z.object({
	into: z.string().optional(),
	from: z.string().optional(),
});

export type VerifySettings = z.infer<typeof verifySchema>;

/** Options of `backup wal`. */
export const walSchema = z.object({
	database: databaseUrl,
	into: z.string().min(1),
	slot: takeSchema.shape.slot,
	plaintext: flag,
	acceptUnlimitedWal: flag,
	...keys,
	pgBin: local.pgBin,
});

export type WalSettings = z.infer<typeof walSchema>;

/** Options of `restore`. */
export const restoreSchema = z.object({
	from: z.string().optional(),
	database: databaseUrl.optional(),
	replace: flag,
	noOwner: flag,
	createRoles: flag,
	jobs: takeSchema.shape.jobs,
	uploadsInto: z.string().optional(),
	configInto: z.string().optional(),
	envInto: z.string().optional(),
	/** A moment (ISO 8601) or a position of the log. */
	to: z
		.string()
		.refine(
			(text) => isPosition(text) || hasZone(text),
			"expected a time with its zone (2026-08-01T02:15:00Z), a position (0/3000148) or latest",
		)
		.optional(),
	dataDir: z.string().optional(),
	rdsInstance,
	newInstance: rdsInstance,
	timeoutSeconds: takeSchema.shape.timeoutSeconds,
	identityFile: keys.identityFile,
	identity: keys.identity,
	...local,
});

export type RestoreSettings = z.infer<typeof restoreSchema>;

/** Options of `backup drill`. */
export const drillSchema = z.object({
	...takeSchema.shape,
	from: z.string().optional(),
	reportDir: reportAddress,
});

export type DrillSettings = z.infer<typeof drillSchema>;

/** Options of `backup key`. */
export const keySchema = z.object({ identityFile: z.string().optional() });

/** Whether a target of recovery is a position of the log rather than a time. */
export const isPosition = (text: string): boolean =>
	text === "latest" || /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i.test(text);

/** A time without a zone means another moment on every machine. */
const hasZone = (text: string): boolean =>
	/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)$/.test(text) &&
	!Number.isNaN(Date.parse(text));
