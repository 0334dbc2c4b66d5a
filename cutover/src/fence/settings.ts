import { z } from "zod";
import { databaseUrl } from "../databaseUrl.ts";

/** Role that the application signs in with on the source. */
export const appRole = z.string().min(1).default("legacy_app");

/** Options of `fence`. */
export const fenceSchema = z.object({
	source: databaseUrl,
	target: databaseUrl,
	appRole,
});

export type FenceSettings = z.infer<typeof fenceSchema>;
