import { z } from "zod";

/** Name of the file in the report folder, written by `check before` and `perf baseline`. */
export const baselineFile = "performance_baseline.json";

/** Share by which a metric may get worse, where nothing else is said. */
export const usualThreshold = 0.2;

/** What a percentile or rate of one endpoint or query is called: "workflows p95", "health throughput". */
export const statistics = ["p50", "p95", "p99", "throughput"] as const;

export type Statistic = (typeof statistics)[number];

/** The name of a metric, for example "workflows p95". */
export function metricName(probe: string, statistic: Statistic): string {
	return `${probe} ${statistic}`;
}

/** One measured figure. The four first keys are always there; a quick check leaves the others out. */
export const metricSchema = z.object({
	value: z.number().nonnegative(),
	/** "ms", "1/s" or "share". */
	unit: z.string().min(1),
	/** Share by which it may get worse; 0.2 is 20 %. */
	threshold: z.number().positive(),
	/** How many samples the value rests on. */
	samples: z.int().nonnegative(),
	better: z.enum(["lower", "higher"]).default("lower"),
	/** Whether a comparison passes only when this is surely within the threshold, and fails when it is surely beyond. */
	decides: z.boolean().default(true),
	/** Whether a comparison fails when this is surely beyond the threshold, but does not wait for it to pass. */
	alarms: z.boolean().default(false),
	/** The value of each round by itself: what a comparison draws from. Without it, one is inconclusive. */
	rounds: z.array(z.number().nonnegative()).optional(),
	/** Bounds of the value at 95 %. */
	interval: z.tuple([z.number(), z.number()]).optional(),
});

export type Metric = z.infer<typeof metricSchema>;

/** What the measured figures depend on besides the server. Equal fingerprints can be compared. */
export const fingerprintSchema = z.object({
	/** Load generator: name, version, its settings. */
	generator: z.string(),
	/** Where the requests came from: host, cores, processor. */
	vantage: z.string(),
	/** Rows of what the requests work on, such as { users: 96800, workflows: 48403 }; left out when no database was given. */
	dataSet: z.record(z.string(), z.int().nonnegative()).optional(),
	/** sha256 of what was asked, in which order and how often. */
	scenario: z.string(),
	/**
	 * Usual time in milliseconds that the load generator needs for an answer that costs nothing, taken between the others:
	 * tells a slower generator from a slower server.
	 */
	referenceMs: z.number().positive().optional(),
});

export type Fingerprint = z.infer<typeof fingerprintSchema>;

/** `performance_baseline.json`. */
export const baselineSchema = z.object({
	schema: z.literal("performance-baseline/1"),
	takenAt: z.iso.datetime(),
	/** The address that was measured; reported, never compared. */
	server: z.string(),
	fingerprint: fingerprintSchema.optional(),
	/** Answers that were errors, over all that were asked: what is left when a server fails fast. */
	errors: z.record(
		z.string(),
		z.object({ asked: z.int().nonnegative(), failed: z.int().nonnegative() }),
	),
	metrics: z.record(z.string(), metricSchema),
	/** All times of an endpoint or query at every hundredth, from the least to the greatest, in milliseconds. */
	quantiles: z.record(z.string(), z.array(z.number())).optional(),
});

export type Baseline = z.infer<typeof baselineSchema>;

/**
 * Reads the text of a baseline file.
 *
 * @throws Error that says what is wrong with it; the caller names the file.
 */
export function parseBaseline(text: string): Baseline {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new Error(
			"expected JSON of cutover perf baseline, got something else; measure again",
		);
	}
	const parsed = baselineSchema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new Error(
		`expected a performance baseline, got one that does not fit; measure again\n${z.prettifyError(parsed.error)}`,
	);
}
