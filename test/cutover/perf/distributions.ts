import type { Baseline, Metric } from "../../../cutover/src/perf/baseline.ts";
import { seededRandom } from "../../../cutover/src/perf/statistics/random.ts";

/** Normally distributed numbers (mean 0, deviation 1), the same for the same seed. */
export function normals(seed: number, count: number): number[] {
	const random = seededRandom(seed);
	return Array.from(
		{ length: count },
		() =>
			Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
	);
}

/** A metric of so many rounds. */
export function metricOf(
	rounds: readonly number[],
	more: Partial<Metric> = {},
): Metric {
	return {
		value: rounds[0] ?? 1,
		unit: "ms",
		threshold: 0.2,
		samples: rounds.length * 30,
		better: "lower",
		decides: true,
		alarms: false,
		rounds: [...rounds],
		...more,
	};
}

/** A baseline with these metrics and an ordinary fingerprint. */
export function baselineOf(
	metrics: Readonly<Record<string, Metric>>,
	more: Partial<Baseline> = {},
): Baseline {
	return {
		schema: "performance-baseline/1",
		takenAt: "2026-11-25T12:00:00.000Z",
		server: "http://localhost:8007",
		fingerprint: {
			generator: "generator 1",
			vantage: "host: 2 cores",
			scenario: "abc",
			dataSet: { users: 1000 },
		},
		errors: { workflows: { asked: 1000, failed: 0 } },
		metrics: { ...metrics },
		...more,
	};
}
