import { z } from "zod";
import { smokeSchema } from "../checks/smoke.ts";

/** Options of `release verify`. */
export const verifySchema = z.object({
	cluster: z.string(),
	service: z.string(),
	taskDefinition: z.string(),
	timeoutSeconds: z.coerce.number().positive().default(1_800),
});

/** Options of `release watch`. */
export const watchSchema = z.object({
	...verifySchema.shape,
	...smokeSchema.shape,
	/** How long to look for a new deployment when one of this task definition has succeeded before. */
	settleSeconds: z.coerce.number().min(0).optional(),
});

export type VerifySettings = z.infer<typeof verifySchema>;
export type WatchSettings = z.infer<typeof watchSchema>;
