import type { Contender } from "./contender.ts";
import type { Variant } from "./databases.ts";
import type { Usage } from "./measure.ts";

/** One timed run that gave the right result. */
export interface Sample {
	readonly contender: string;
	readonly variant: Variant;
	readonly round: number;
	readonly rows: number;
	readonly usage: Usage;
	/** Parts of the work, in order. */
	readonly phases: readonly { readonly name: string; readonly usage: Usage }[];
}

/** A contender that gave no sample, with the reason. */
export interface Absent {
	readonly contender: string;
	readonly variant: Variant;
	readonly outcome: "not run" | "failed";
	readonly reason: string;
}

export interface Summary {
	readonly contender: Pick<Contender, "name" | "title" | "kind" | "settings">;
	readonly variant: Variant;
	readonly rows: number;
	readonly samples: number;
	/** Medians; lowest and highest for the time. */
	readonly seconds: number;
	readonly secondsRange: readonly [number, number];
	readonly rowsPerSecond: number;
	readonly cpuMicrosPerRow: {
		readonly source: number;
		readonly target: number;
		readonly client: number;
		readonly total: number;
	};
	readonly walBytesPerRow: number;
	readonly clientPeakBytes: number;
	readonly phases: readonly {
		readonly name: string;
		readonly seconds: number;
		readonly cpuMicrosPerRow: number;
	}[];
}

/** Ours on few rows and on many, measured in turn. */
export interface Scaled {
	readonly fewer: Summary;
	readonly more: Summary;
	/** CPU per row of each run of the many, over the mean of the two of the few around it. */
	readonly cpuRatios: readonly number[];
}

export function median(values: readonly number[]): number {
	const sorted = values.toSorted((one, other) => one - other);
	const middle = Math.floor(sorted.length / 2);
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1
		? upper
		: ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Medians over the samples of one contender in one variant; undefined when there are none. */
export function summarize(
	contender: Contender,
	variant: Variant,
	all: readonly Sample[],
): Summary | undefined {
	const samples = all.filter(
		(sample) =>
			sample.contender === contender.name && sample.variant === variant,
	);
	const [first] = samples;
	if (first === undefined) return undefined;
	const { rows } = first;
	const middle = (value: (usage: Usage) => number) =>
		median(samples.map(({ usage }) => value(usage)));
	const perRow = (value: (usage: Usage) => number) =>
		(middle(value) * 1e6) / rows;
	const seconds = middle((usage) => usage.seconds);
	const times = samples.map(({ usage }) => usage.seconds);
	return {
		contender: {
			name: contender.name,
			title: contender.title,
			kind: contender.kind,
			settings: contender.settings,
		},
		variant,
		rows,
		samples: samples.length,
		seconds,
		secondsRange: [Math.min(...times), Math.max(...times)],
		rowsPerSecond: rows / seconds,
		cpuMicrosPerRow: {
			source: perRow((usage) => usage.sourceCpuSeconds),
			target: perRow((usage) => usage.targetCpuSeconds),
			client: perRow((usage) => usage.clientCpuSeconds),
			total: perRow(totalCpuSeconds),
		},
		walBytesPerRow: middle((usage) => usage.walBytes) / rows,
		clientPeakBytes: Math.max(
			...samples.map(({ usage }) => usage.clientPeakBytes),
		),
		phases: first.phases.map(({ name }, nth) => ({
			name,
			seconds: median(
				samples.map(({ phases }) => phases[nth]?.usage.seconds ?? Number.NaN),
			),
			cpuMicrosPerRow:
				(median(
					samples.map(({ phases }) => {
						const usage = phases[nth]?.usage;
						return usage === undefined ? Number.NaN : totalCpuSeconds(usage);
					}),
				) *
					1e6) /
				rows,
		})),
	};
}

export function totalCpuSeconds(usage: Usage): number {
	return (
		usage.sourceCpuSeconds + usage.targetCpuSeconds + usage.clientCpuSeconds
	);
}

/** Compares runs of many rows with those of few: the first of the few ran before the first of the many, then in turn. */
export function summarizeScaled(
	contender: Contender,
	few: readonly Sample[],
	many: readonly Sample[],
): Scaled | undefined {
	const [fewer, more] = [few, many].map((samples) =>
		summarize(contender, "own", samples),
	);
	const perRow = (sample: Sample | undefined) =>
		sample === undefined
			? Number.NaN
			: totalCpuSeconds(sample.usage) / sample.rows;
	const cpuRatios = many.map(
		(sample, nth) =>
			(2 * perRow(sample)) / (perRow(few[nth]) + perRow(few[nth + 1])),
	);
	return fewer && more && { fewer, more, cpuRatios };
}
