import { readFile } from "node:fs/promises";
import { z } from "zod";
import { reasonOf, UsageError } from "../errors.ts";
import { readFile as readKept } from "../reports/open.ts";

const metric = z.object({
	/** Median of the samples. */
	value: z.number().min(0),
	unit: z.string(),
	/** Share by which it may get worse; 0.2 is 20 %. */
	threshold: z.number().positive(),
	/** How many samples the value rests on. */
	samples: z.number().int().min(0),
});

/** What is read of a baseline; `cutover perf baseline` writes more into the same file. */
const schema = z.object({
	schema: z.literal("performance-baseline/1"),
	takenAt: z.string(),
	/** The address that was measured. */
	server: z.string(),
	metrics: z.record(z.string(), metric),
});

/** One measured figure. */
export type Metric = z.infer<typeof metric>;

export type Baseline = z.infer<typeof schema>;

/** Name of the file in the report folder. */
export const baselineFile = "performance_baseline.json";

/** Name of the metric of something that was measured: its median. */
export const metricName = (probe: string): string => `${probe} p50`;

/** The text of a baseline file. */
export function baselineText(
	server: string,
	metrics: Readonly<Record<string, Metric>>,
	takenAt: string,
): string {
	const content = {
		schema: "performance-baseline/1",
		takenAt,
		server,
		// Only what was answered well is measured here.
		errors: {},
		metrics,
	};
	return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** Most bytes of a baseline; `perf baseline` keeps the values of each round. */
const mostBytes = 10_000_000;

/** A file of this machine, or below `s3://bucket/prefix`. */
async function textOf(file: string): Promise<string> {
	if (!file.startsWith("s3://")) return await readFile(file, "utf8");
	const slash = file.lastIndexOf("/");
	const bytes = await readKept(
		file.slice(0, slash),
		file.slice(slash + 1),
		mostBytes,
	);
	if (bytes === undefined) throw new Error("there is no such object");
	return bytes.toString("utf8");
}

/**
 * Reads a baseline.
 *
 * @throws UsageError when it is not there or not of this schema.
 */
export async function readBaseline(file: string): Promise<Baseline> {
	let value: unknown;
	try {
		value = JSON.parse(await textOf(file));
	} catch (error) {
		throw new UsageError(
			`--baseline: cannot read ${file}: ${reasonOf(error)}; cutover check before writes one`,
		);
	}
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new UsageError(
		`--baseline: ${file} is no baseline of cutover:\n${z.prettifyError(parsed.error)}`,
	);
}
