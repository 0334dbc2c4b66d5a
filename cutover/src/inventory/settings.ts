import { z } from "zod";
import { convertSchema } from "../convert/settings.ts";
import { reportAddress } from "../reports/address.ts";

const seconds = z.coerce.number().int().min(1);

/** Options of `inventory`. */
export const inventorySchema = convertSchema
	.pick({
		source: true,
		filesSource: true,
		duplicates: true,
		mapping: true,
	})
	.extend({
		/** Where the legacy application describes its API: an address or a file. */
		apiDocs: z.string().optional(),
		/** The same of the new system, to find what takes over from each endpoint. */
		newApiDocs: z.string().optional(),
		/** The settings file of the legacy application, lines of NAME=value. */
		appEnv: z.string().optional(),
		/** What persons answer for on the checklist. */
		answers: z.string().optional(),
		reportDir: reportAddress,
		/** Certificate authority of the application, a PEM file. */
		caFile: z.string().optional(),
		pgDump: z.string().default("pg_dump"),
		/** Longest time for one question to the server; big tables are counted in several. */
		statementTimeoutSeconds: seconds.default(600),
		/** Longest wait for a table that somebody has locked. */
		lockTimeoutSeconds: seconds.default(5),
	});

export type InventorySettings = z.infer<typeof inventorySchema>;
