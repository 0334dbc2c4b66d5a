import { z } from "zod";
import { databaseUrl } from "../databaseUrl.ts";

/** Options of `validate`. */
export const validateSchema = z.object({
	source: databaseUrl,
	target: databaseUrl,
	/** Folder for the Markdown and JSON report. */
	reportDir: z.string().default("reports"),
	/** Address of the running application; canary accounts sign in there. Default: checked against the stored hash. */
	baseUrl: z.url().optional(),
	/** JSON list of {email, password}. */
	canaries: z.string().optional(),
	/** File with the same list, readable by its owner only. */
	canariesFile: z.string().optional(),
	/** Certificate authority of the application, a PEM file. */
	caFile: z.string().optional(),
});

export type ValidateSettings = z.infer<typeof validateSchema>;
