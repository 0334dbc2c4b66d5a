/** Share that a trimmed mean leaves out at either end: a fifth of the rounds may be spoilt without a trace. */
export const trimmedShare = 0.2;

/** The numbers in ascending order, as a copy. */
export function ascending(values: Iterable<number>): Float64Array {
	return Float64Array.from(values).sort();
}

/**
 * The quantile of ascending values, between two of them in proportion (Hyndman and Fan's type 7); NaN of none.
 *
 * @param share 0 for the least, 0.5 for the median, 1 for the greatest.
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
	const position = (sorted.length - 1) * share;
	const below = Math.floor(position);
	const low = sorted[below] ?? Number.NaN;
	const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
	return low + (high - low) * (position - below);
}

/** How many of `count` values a trimmed mean keeps. */
export function keptByTrimming(count: number): number {
	return count - 2 * Math.floor(count * trimmedShare);
}

/** Mean of ascending values without the fifth at either end: nearly as sharp as a mean, and deaf to outliers. */
export function trimmedMean(sorted: ArrayLike<number>): number {
	const left = Math.floor(sorted.length * trimmedShare);
	let sum = 0;
	for (let at = left; at < sorted.length - left; at += 1) {
		sum += sorted[at] ?? 0;
	}
	return sum / keptByTrimming(sorted.length);
}
