import { z } from "zod";
import { UsageError } from "../../cutover/src/errors.ts";
import { parseArguments } from "../arguments.ts";

export const usage = `usage: npm run bench:convert -- [options]
  --rows N          users of the legacy system (default 1000000)
  --rounds N        runs of each contender, interleaved; the median counts (default 3)
  --workers N       sessions per server for us, ranges for psql | psql (default 2)
  --only a,b        contenders by name; ours always runs (default: all)
  --variants a,b    own: tables of our own; supabase: tables that Supabase Auth made (default: both)
  --scale N         also converts N users, between runs of --rows, and compares CPU per row (for example 5000000; default: not)
  --scale-rounds N  runs of --scale that count, after one that does not (default 3)
  --into DIR        folder for results.md and results.json (default: bench/convert)`;

const list = z.string().transform((text) => text.split(",").filter(Boolean));

const optionsSchema = z.strictObject({
	rows: z.coerce.number().int().min(1_000).default(1_000_000),
	rounds: z.coerce.number().int().min(1).max(99).default(3),
	workers: z.coerce.number().int().min(1).max(64).default(2),
	only: list.optional(),
	variants: list
		.pipe(z.array(z.enum(["own", "supabase"])).min(1))
		.default(["own", "supabase"]),
	scale: z.coerce.number().int().min(1_000).optional(),
	scaleRounds: z.coerce.number().int().min(1).max(99).default(3),
	into: z.string().default("bench/convert"),
});

export type Options = z.infer<typeof optionsSchema>;

/** @throws UsageError that names every option which does not fit. */
export function parseOptions(
	argv: readonly string[],
	contenders: readonly string[],
): Options {
	const options = parseArguments(argv, optionsSchema, usage);
	const unknown = (options.only ?? []).filter(
		(name) => !contenders.includes(name),
	);
	if (unknown.length > 0) {
		throw new UsageError(
			`--only: expected some of ${contenders.join(", ")}; got ${unknown.join(", ")}`,
		);
	}
	return options;
}
