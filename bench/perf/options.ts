import { z } from "zod";
import { says } from "../arguments.ts";

const count = z.coerce.number().int().min(0).max(10_000);

export const options = z.strictObject({
	same: count
		.default(50)
		.meta(says("comparisons of the same version with itself")),
	slow: count
		.default(50)
		.meta(says("comparisons with a version that is slower")),
	factor: z.coerce
		.number()
		.min(1)
		.max(100)
		.default(1.3)
		.meta(says("how many times as long the slower one takes")),
	users: z.coerce
		.number()
		.int()
		.min(10)
		.default(2_000)
		.meta(says("users in the database")),
	into: z
		.string()
		.default("bench/perf")
		.meta(
			says("folder for results.md, results.json and the last reports", "DIR"),
		),
});

export type Options = z.output<typeof options>;
