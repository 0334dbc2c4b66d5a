import { parseArgs } from "node:util";
import { z } from "zod";
import { UsageError } from "../../cutover/src/errors.ts";

export const usage = `usage: npm run bench:perf -- [options]
  --same N          comparisons of the same version with itself (default 50)
  --slow N          comparisons with a version that is slower (default 50)
  --factor N        how many times as long the slower one takes (default 1.3)
  --users N         users in the database (default 2000)
  --into DIR        folder for results.md, results.json and the last reports (default: bench/perf)`;

const count = z.coerce.number().int().min(0).max(10_000);

const optionsSchema = z.strictObject({
	same: count.default(50),
	slow: count.default(50),
	factor: z.coerce.number().min(1).max(100).default(1.3),
	users: z.coerce.number().int().min(10).default(2_000),
	into: z.string().default("bench/perf"),
});

export type Options = z.infer<typeof optionsSchema>;

/** @throws UsageError that names every option which does not fit. */
export function parseOptions(argv: readonly string[]): Options {
	try {
		const { values } = parseArgs({
			args: [...argv],
			options: Object.fromEntries(
				Object.keys(optionsSchema.shape).map((name) => [
					name,
					{ type: "string" as const },
				]),
			),
		});
		return optionsSchema.parse(values);
	} catch (error) {
		const reason =
			error instanceof z.ZodError
				? z.prettifyError(error)
				: error instanceof Error
					? error.message
					: String(error);
		throw new UsageError(`${reason}\n${usage}`);
	}
}
