import { z } from "zod";
import { says } from "../arguments.ts";

const count = z.coerce.number().int().min(0).max(100_000);

/** @param phases the names of all that can be disturbed. */
export const optionsOf = (phases: readonly string[]) =>
	z.strictObject({
		kills: count
			.default(500)
			.meta(says("SIGKILLs of the command line, spread over the phases")),
		restarts: count
			.default(100)
			.meta(says("immediate restarts of each server")),
		cuts: count
			.default(100)
			.meta(says("cuts of the command line's connections")),
		fullDisks: count
			.default(20)
			.meta(says("disks that fill up; needs root and tmpfs")),
		phase: z
			.enum(phases)
			.optional()
			.meta(says(`one of ${phases.join(", ")}; without it all`, "NAME")),
		users: count
			.min(500)
			.default(6_000)
			.meta(says("users of the legacy system")),
		batchRows: count.min(10).default(300).meta(says("rows per transaction")),
		workers: count.min(1).max(16).default(2).meta(says("sessions per server")),
		seed: z.coerce
			.number()
			.int()
			.default(1)
			.meta(says("the same number chooses the same moments")),
		into: z
			.string()
			.default("bench/crash")
			.meta(says("folder for results.md and results.json", "DIR")),
	});

export type Options = z.output<ReturnType<typeof optionsOf>>;
