/**
 * The value that Student's t exceeds with the given probability.
 *
 * @param tail from above 0 to 0.5.
 * @param freedom degrees of freedom, a whole number from 1.
 */
export function studentT(tail: number, freedom: number): number {
	let low = 0;
	let high = 1;
	while (upperTail(high, freedom) > tail && high < 1e9) high *= 2;
	for (let step = 0; step < 80; step += 1) {
		const middle = (low + high) / 2;
		if (upperTail(middle, freedom) > tail) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}

/** P(T > t); the finite sums for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4). */
function upperTail(t: number, freedom: number): number {
	const angle = Math.atan(t / Math.sqrt(freedom));
	const cosine = Math.cos(angle);
	const isOdd = freedom % 2 === 1;
	let term = isOdd ? cosine : 1;
	let sum = freedom === 1 ? 0 : term;
	for (let k = isOdd ? 3 : 2; k <= freedom - 2; k += 2) {
		term *= ((k - 1) / k) * cosine ** 2;
		sum += term;
	}
	const within = isOdd
		? (2 / Math.PI) * (angle + Math.sin(angle) * sum)
		: Math.sin(angle) * sum;
	return (1 - within) / 2;
}
