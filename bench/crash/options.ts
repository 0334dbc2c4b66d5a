import { z } from "zod";
import { UsageError } from "../../cutover/src/errors.ts";
import { parseArguments } from "../arguments.ts";

export const usage = `usage: npm run bench:crash -- [options]
  --kills N         SIGKILLs of the command line, spread over the phases (default 500)
  --restarts N      immediate restarts of each server (default 100)
  --cuts N          cuts of the command line's connections (default 100)
  --full-disks N    disks that fill up; needs root and tmpfs (default 20)
  --phase NAME      this phase alone (default: all)
  --users N         users of the legacy system (default 6000)
  --batch-rows N    rows per transaction (default 300)
  --workers N       sessions per server (default 2)
  --seed N          the same number chooses the same moments (default 1)
  --into DIR        folder for results.md and results.json (default: bench/crash)`;

const count = z.coerce.number().int().min(0).max(100_000);

const optionsSchema = z.strictObject({
	kills: count.default(500),
	restarts: count.default(100),
	cuts: count.default(100),
	"full-disks": count.default(20),
	phase: z.string().optional(),
	users: z.coerce.number().int().min(500).default(6_000),
	"batch-rows": z.coerce.number().int().min(10).default(300),
	workers: z.coerce.number().int().min(1).max(16).default(2),
	seed: z.coerce.number().int().default(1),
	into: z.string().default("bench/crash"),
});

export type Options = z.infer<typeof optionsSchema>;

/** @throws UsageError that names every option which does not fit. */
export function parseOptions(
	argv: readonly string[],
	phases: readonly string[],
): Options {
	const options = parseArguments(argv, optionsSchema, usage);
	const { phase } = options;
	if (phase !== undefined && !phases.includes(phase)) {
		throw new UsageError(
			`--phase: expected one of ${phases.join(", ")}; got ${phase}`,
		);
	}
	return options;
}
