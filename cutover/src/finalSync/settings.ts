import { z } from "zod";
import { flag } from "../convert/settings.ts";
import { appRole } from "../fence/settings.ts";
import { syncSchema } from "../sync/settings.ts";
import { validateSchema } from "../validate/settings.ts";

/** Options of `final-sync`. */
export const finalSyncSchema = z.object({
	...syncSchema.shape,
	...validateSchema.shape,
	appRole,
	/** Follows the source through a replication slot, also when no `cutover sync` has begun to. */
	follow: flag.default(false),
	/** A catch-up pass shorter than this is short enough to be done behind the fence. */
	shortPassSeconds: z.coerce.number().positive().default(2),
	/** Passes without a fence at most; the source may change faster than it can be followed. */
	maxPasses: z.coerce.number().int().min(1).default(10),
});

export type FinalSyncSettings = z.infer<typeof finalSyncSchema>;
