import { z } from "zod";
import { defaultNamespace, isUuid } from "../conversion/identity.ts";
import { databaseUrl } from "../databaseUrl.ts";

/** Options of `convert`, as the command line or the environment gives them. */
export const convertSchema = z.object({
	source: databaseUrl,
	target: databaseUrl,
	/** Sessions that copy at the same time, on each server. */
	workers: z.coerce.number().int().min(1).max(64).default(2),
	/** Rows per transaction: what a crash costs at most, per worker. */
	batchRows: z.coerce.number().int().min(1).default(25_000),
	namespace: z
		.string()
		.refine(isUuid, "expected a UUID")
		.default(defaultNamespace),
	timeZone: z
		.string()
		.regex(/^[A-Za-z0-9_+\-/:]+$/, "expected a time zone such as UTC")
		.default("UTC"),
	duplicates: z
		.enum(["keep-last-signed-in", "quarantine-all"])
		.default("keep-last-signed-in"),
	filesSource: z.string().optional(),
	filesTarget: z.string().optional(),
});

export type ConvertSettings = z.infer<typeof convertSchema>;
