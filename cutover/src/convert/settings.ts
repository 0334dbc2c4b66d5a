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
	/** YAML or JSON file, or JSON text, that says what goes where. */
	mapping: z.string().optional(),
});

/** A switch: given alone on the command line, "true" or "false" by environment. */
export const flag = z
	.union([z.boolean(), z.enum(["true", "false"])])
	.transform((value) => value === true || value === "true");

/** Options that concern the load alone. */
export const loadSchema = convertSchema.extend({
	/** "i/n": this process takes every n-th range, beginning with the i-th. */
	shard: z
		.string()
		.regex(/^[1-9]\d{0,3}\/[1-9]\d{0,3}$/, "expected i/n, for example 1/4")
		.transform((text) => {
			const [index = 1, count = 1] = text.split("/").map(Number);
			return { index, count };
		})
		.refine(
			({ index, count }) => index <= count,
			"expected i of n, from 1 to n",
		)
		.optional(),
	/** Somebody else uses the target already: its indexes and foreign keys stay during the load. */
	liveTarget: flag.default(false),
	/** Rows per second at most, all workers together. */
	maxRate: z.coerce.number().int().positive().optional(),
	/** Pauses while a standby of either server is so many MB behind. */
	maxReplicaLagMb: z.coerce.number().positive().optional(),
	/** Pauses while the source has more sessions at work than this, ours not counted. */
	maxSourceSessions: z.coerce.number().int().nonnegative().optional(),
});

export type LoadSettings = z.infer<typeof loadSchema>;

export type ConvertSettings = z.infer<typeof convertSchema>;
