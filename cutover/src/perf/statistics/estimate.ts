import { type Drawing, standardError } from "./bootstrap.ts";
import { ascending, keptByTrimming, trimmedMean } from "./location.ts";
import { studentT } from "./studentT.ts";

/** A figure with what is known of its error, on a logarithmic scale: factors add up there. */
export interface Estimate {
	readonly log: number;
	readonly error: number;
	readonly freedom: number;
}

/** Times are compared by their factors; nothing takes no time at all. */
const least = 1e-6;

const logs = (values: readonly number[]) =>
	values.map((value) => Math.log(Math.max(value, least)));

/** The usual value of a series of rounds. */
export function estimateValue(
	rounds: readonly number[],
	drawing: Drawing,
): Estimate {
	return estimateOf(logs(rounds), drawing);
}

/** The factor from before to after, where both were measured in the same rounds: what disturbs a round disturbs both. */
export function estimatePaired(
	before: readonly number[],
	after: readonly number[],
	drawing: Drawing,
): Estimate {
	const first = logs(before);
	return estimateOf(
		logs(after).map((value, round) => value - (first[round] ?? Number.NaN)),
		drawing,
	);
}

/** The factor from before to after, where they were measured at different times. */
export function estimateApart(
	before: readonly number[],
	after: readonly number[],
	drawing: Drawing,
): Estimate {
	const first = estimateValue(before, drawing);
	const second = estimateValue(after, { ...drawing, seed: drawing.seed + 1 });
	return {
		log: second.log - first.log,
		error: Math.hypot(first.error, second.error),
		freedom: Math.min(first.freedom, second.freedom),
	};
}

/** Bounds of the figure; it lies beyond either with the probability `tail`. */
export function boundsOf(
	{ log, error, freedom }: Estimate,
	tail: number,
): readonly [number, number] {
	const width = studentT(tail, freedom) * error;
	return [Math.exp(log - width), Math.exp(log + width)];
}

function estimateOf(series: readonly number[], drawing: Drawing): Estimate {
	const { length } = series;
	return {
		log: trimmedMean(ascending(series)),
		// Drawing from n rounds shows the scatter of n - 1.
		error: standardError(series, drawing) * Math.sqrt(length / (length - 1)),
		freedom: Math.max(1, keptByTrimming(length) - 1),
	};
}
