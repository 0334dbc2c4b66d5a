import { z } from "zod";
import { says } from "../arguments.ts";

const list = z.string().transform((text) => text.split(",").filter(Boolean));
const count = z.coerce.number().int();

/** @param contenders the names of all who can be measured. */
export const optionsOf = (contenders: readonly string[]) =>
	z.strictObject({
		rows: count
			.min(1_000)
			.default(1_000_000)
			.meta(says("users of the legacy system")),
		rounds: count
			.min(1)
			.max(99)
			.default(3)
			.meta(says("runs of each contender, interleaved; the median counts")),
		workers: count
			.min(1)
			.max(64)
			.default(2)
			.meta(says("sessions per server for us, ranges for psql | psql")),
		only: list
			.pipe(z.array(z.enum(contenders)))
			.optional()
			.meta(says(`some of ${contenders.join(", ")}; ours always runs`, "a,b")),
		variants: list
			.pipe(z.array(z.enum(["own", "supabase"])).min(1))
			.default(["own", "supabase"])
			.meta(
				says(
					"own: tables of our own; supabase: tables that Supabase Auth made",
					"a,b",
				),
			),
		scale: count
			.min(1_000)
			.optional()
			.meta(
				says(
					"converts so many users too, between runs of --rows, and compares CPU per row",
				),
			),
		scaleRounds: count
			.min(1)
			.max(99)
			.default(3)
			.meta(says("runs of --scale that count, after one that does not")),
		into: z
			.string()
			.default("bench/convert")
			.meta(says("folder for results.md and results.json", "DIR")),
	});

export type Options = z.output<ReturnType<typeof optionsOf>>;
