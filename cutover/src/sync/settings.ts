import { z } from "zod";
import { flag, loadSchema } from "../convert/settings.ts";
import { appRole } from "../fence/settings.ts";

/** Options of `sync`. */
export const syncSchema = loadSchema.extend({
	/** Ends when everything written before the call is on the other side; else goes on until told to stop. */
	untilCaughtUp: flag.default(false),
	/** Carries what is written on the target after the cutover back to the legacy tables. */
	reverse: flag.default(false),
	/** Gives a lost slot up, makes a new one and compares by transaction age. */
	renewSlot: flag.default(false),
	/** Removes slot and publication, so that the server gives the disk free. */
	stop: flag.default(false),
	/** Accepts a server that keeps WAL for a slot without limit. */
	unlimitedWal: flag.default(false),
	appRole,
	/** Pause between two looks when nothing came. */
	pollMs: z.coerce.number().int().min(10).default(200),
});

export type SyncSettings = z.infer<typeof syncSchema>;
