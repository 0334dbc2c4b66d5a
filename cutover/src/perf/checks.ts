import type { Check } from "../outcome.ts";
import { type ComparedMetric, type Comparison, leastRounds } from "./judge.ts";
import { percent, timeText } from "./text.ts";

/** What a comparison found, as checks: what decides, alarms that went off, errors, and whether it could be compared. */
export function checksOf(
	{ metrics, errors, incomparable }: Comparison,
	seconds: number,
): readonly Check[] {
	return [
		{
			name: "comparable",
			outcome: incomparable.length === 0 ? "passed" : "inconclusive",
			expected: "same load generator, vantage point, data set and scenario",
			actual: incomparable.length === 0 ? "the same" : "not the same",
			...(incomparable.length > 0 && { details: incomparable }),
			seconds: 0,
		},
		...errors
			.filter(({ outcome }) => outcome !== "passed")
			.map(
				({ probe, before, after, outcome, reason }): Check => ({
					name: `${probe} errors`,
					outcome,
					expected: "few errors before and after",
					actual: `${reason} (${share(before)} before, ${share(after)} after)`,
					seconds: 0,
				}),
			),
		...metrics
			.filter(
				({ decides, alarms, outcome }) =>
					decides || (alarms && outcome === "failed"),
			)
			.map((metric) => checkOf(metric, seconds)),
	];
}

function checkOf(metric: ComparedMetric, seconds: number): Check {
	return {
		name: metric.name,
		outcome: metric.outcome,
		expected:
			metric.better === "lower"
				? `at most ${percent(metric.threshold)}, from at least ${leastRounds} rounds`
				: `at least ${percent(1 / (1 + metric.threshold) - 1)}, from at least ${leastRounds} rounds`,
		actual: `${changeText(metric)}, ${timeText(metric.before.value)} → ${timeText(metric.after.value)} ${metric.unit}: ${metric.reason}`,
		seconds,
	};
}

/** The change with its interval: "+3.1 % (−0.2 % to +6.5 %)". */
export function changeText({
	change,
	interval,
}: Pick<ComparedMetric, "change" | "interval">): string {
	return interval === undefined
		? percent(change)
		: `${percent(change)} (${percent(interval[0])} to ${percent(interval[1])})`;
}

/** A share in percent, without sign. */
export function share(value: number): string {
	return `${(value * 100).toFixed(value > 0 && value < 0.001 ? 3 : 1)} %`;
}
