import { z } from "zod";
import { environments } from "./maintenance.ts";

/** Options of `status`. */
export const statusSchema = z.object({
	/** Folder that verbs recorded their results in. */
	reportDir: z.string().default("reports"),
	stack: z.string().optional(),
	environment: z
		.enum(environments, `expected one of ${environments.join(", ")}`)
		.optional(),
});

export type StatusSettings = z.infer<typeof statusSchema>;
