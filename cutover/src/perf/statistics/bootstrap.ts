import { ascending, trimmedMean } from "./location.ts";
import { seededRandom } from "./random.ts";

/** How a series of rounds is drawn from. */
export interface Drawing {
	/** Neighbouring rounds that are drawn together, so that noise that lasts is not taken for many independent proofs. */
	readonly together: number;
	readonly seed: number;
	/** Default: 1000. */
	readonly resamples?: number;
}

/**
 * Standard error of the trimmed mean of a series, by drawing runs of neighbouring rounds with replacement (circular
 * block bootstrap). NaN of fewer than two values.
 */
export function standardError(
	series: readonly number[],
	{ together, seed, resamples = 1_000 }: Drawing,
): number {
	const { length } = series;
	if (length < 2) return Number.NaN;
	const random = seededRandom(seed);
	const drawn = new Float64Array(length);
	let sum = 0;
	let squares = 0;
	const centre = trimmedMean(ascending(series));
	for (let resample = 0; resample < resamples; resample += 1) {
		let from = 0;
		for (let at = 0; at < length; at += 1) {
			if (at % together === 0) from = Math.floor(random() * length);
			drawn[at] = series[(from + (at % together)) % length] ?? 0;
		}
		// About the centre, so that nothing is lost between numbers that are nearly equal.
		const value = trimmedMean(drawn.sort()) - centre;
		sum += value;
		squares += value ** 2;
	}
	const variance = (squares - sum ** 2 / resamples) / (resamples - 1);
	return Math.sqrt(Math.max(0, variance));
}
