import {
	type Baseline,
	type Fingerprint,
	type Metric,
	metricName,
	type Statistic,
	statistics,
} from "./baseline.ts";
import type { RoundSamples } from "./rounds.ts";
import { probesOf, type Scenario } from "./scenario.ts";
import { boundsOf, estimateValue } from "./statistics/estimate.ts";
import { ascending, quantile } from "./statistics/location.ts";

const shares: Readonly<Record<string, number>> = {
	p50: 0.5,
	p95: 0.95,
	p99: 0.99,
};

/** Figures rest on the rounds in which every side answered, so that round n is the same moment on both. */
export interface FiguresInput {
	readonly samples: readonly RoundSamples[];
	readonly side: string;
	readonly server: string;
	readonly takenAt: Date;
	readonly scenario: Scenario;
	readonly connections: number;
	readonly fingerprint: Fingerprint;
}

/** Turns the samples of one side into its figures. */
export function figuresOf(input: FiguresInput): Baseline {
	const metrics: Record<string, Metric> = overall(input);
	const errors: Baseline["errors"] = {};
	const quantiles: Record<string, number[]> = {};
	for (const probe of probesOf(input.scenario)) {
		const all = input.samples.filter((one) => one.probe === probe.name);
		const own = all.filter(({ side }) => side === input.side);
		if (own.length === 0) continue;
		errors[probe.name] = {
			asked: own.reduce((sum, { asked }) => sum + asked, 0),
			failed: own.reduce((sum, { failures }) => sum + failures.length, 0),
		};
		const empty = new Set(
			all.filter(({ ms }) => ms.length === 0).map(({ round }) => round),
		);
		const rounds = own.filter(({ round }) => !empty.has(round));
		const sorted = rounds.map(({ ms }) => ascending(ms));
		const pooled = ascending(rounds.flatMap(({ ms }) => ms));
		if (pooled.length === 0) continue;
		quantiles[probe.name] = Array.from({ length: 101 }, (_, at) =>
			rounded(quantile(pooled, at / 100)),
		);
		const decide = probe.decide ?? input.scenario.decide;
		for (const statistic of statistics) {
			metrics[metricName(probe.name, statistic)] = {
				...figure(statistic, sorted, pooled, input.connections),
				threshold: probe.threshold ?? input.scenario.threshold,
				samples: pooled.length,
				decides: decide.includes(statistic),
				alarms: input.scenario.alarm.includes(statistic),
			};
		}
	}
	return {
		schema: "performance-baseline/1",
		takenAt: input.takenAt.toISOString(),
		server: input.server,
		fingerprint: input.fingerprint,
		errors,
		metrics,
		quantiles,
	};
}

/** The least number of samples of a round that a statistic can be taken of: of fewer, a p95 is but the greatest value. */
export function samplesForRound(statistic: Statistic): number {
	const share = shares[statistic];
	return share === undefined || share === 0.5 ? 1 : Math.round(1 / (1 - share));
}

/**
 * The geometric mean of the medians of all endpoints, and of all queries: what slows everything down shows here first,
 * since the noise of the single ones evens out. Empty where there is only one, or none has been measured.
 */
function overall(input: FiguresInput): Record<string, Metric> {
	const metrics: Record<string, Metric> = {};
	for (const [name, probes] of [
		["all endpoints", input.scenario.endpoints],
		["all queries", input.scenario.queries],
	] as const) {
		const names = new Set(probes.map((probe) => probe.name));
		const all = input.samples.filter(({ probe }) => names.has(probe));
		const empty = new Set(
			all.filter(({ ms }) => ms.length === 0).map(({ round }) => round),
		);
		const own = all.filter(
			({ side, round }) => side === input.side && !empty.has(round),
		);
		const rounds = new Map<number, number[]>();
		for (const { round, ms } of own) {
			const logs = rounds.get(round) ?? [];
			rounds.set(round, [...logs, Math.log(quantile(ascending(ms), 0.5))]);
		}
		if (names.size < 2 || rounds.size === 0) continue;
		// Later rounds ask only what is still undecided.
		const most = Math.max(...[...rounds.values()].map(({ length }) => length));
		const means = [...rounds.values()]
			.filter(({ length }) => length === most)
			.map((logs) =>
				Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length),
			);
		metrics[metricName(name, "p50")] = {
			...ofRounds(means),
			unit: "ms",
			better: "lower",
			threshold: input.scenario.threshold,
			samples: own.reduce((sum, { ms }) => sum + ms.length, 0),
			decides: input.scenario.decide.includes("p50"),
			alarms: input.scenario.alarm.includes("p50"),
		};
	}
	return metrics;
}

type Figure = Pick<Metric, "value" | "unit" | "better" | "rounds" | "interval">;

function figure(
	statistic: Statistic,
	sorted: readonly Float64Array[],
	pooled: Float64Array,
	connections: number,
): Figure {
	const share = shares[statistic];
	const unit = share === undefined ? "1/s" : "ms";
	const better = share === undefined ? "higher" : "lower";
	const least = Math.min(...sorted.map(({ length }) => length));
	if (share !== undefined && least < samplesForRound(statistic)) {
		return { value: rounded(quantile(pooled, share)), unit, better };
	}
	const rounds = sorted.map((values) =>
		share === undefined
			? (connections * values.length * 1000) /
				values.reduce((sum, value) => sum + value, 0)
			: quantile(values, share),
	);
	return { ...ofRounds(rounds), unit, better };
}

function ofRounds(
	rounds: readonly number[],
): Pick<Metric, "value" | "rounds" | "interval"> {
	const estimate = estimateValue(rounds, { together: 2, seed: 1 });
	const [low, high] = boundsOf(estimate, 0.025);
	return {
		value: rounded(Math.exp(estimate.log)),
		rounds: rounds.map(rounded),
		...(Number.isFinite(low + high) && {
			interval: [rounded(low), rounded(high)] as [number, number],
		}),
	};
}

/** Microseconds are as fine as it gets. */
function rounded(value: number): number {
	return Math.round(value * 1000) / 1000;
}
