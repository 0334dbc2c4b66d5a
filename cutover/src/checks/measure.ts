import type { Metric } from "./baseline.ts";

/** Most time that one thing is measured, once there are enough samples. */
const mostSeconds = 10;
const fewestSamples = 5;

/** What the first ones tell is how a connection is made and a program gets warm. */
const warmUp = 3;

/** Takes samples one after the other, after some that do not count. Answers milliseconds. */
export async function sample(
	count: number,
	hopelessAboveMs: number,
	once: () => Promise<number>,
): Promise<readonly number[]> {
	for (let turn = 0; turn < warmUp; turn += 1) await once();
	const samples: number[] = [];
	const startedAt = performance.now();
	while (samples.length < count) {
		samples.push((await once()) * 1000);
		const slow = samples.filter((ms) => ms > hopelessAboveMs).length;
		// The median cannot get below the limit any more.
		if (slow > count / 2) break;
		const isLong = performance.now() - startedAt > mostSeconds * 1000;
		if (isLong && samples.length >= fewestSamples) break;
	}
	return samples;
}

/** The middle of a list; NaN for an empty one. */
export function median(samples: readonly number[]): number {
	const sorted = samples.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1
		? upper
		: ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Limits of a measured answer. */
export interface Limits {
	readonly belowMs: number;
	/** Highest share above the baseline, in percent. */
	readonly changePercent: number;
	/** A difference up to this counts as none. */
	readonly noiseMs: number;
}

/** What a measured value comes to against its limits and, where there is one, the baseline. */
export function judge(
	valueMs: number,
	before: Pick<Metric, "value"> | undefined,
	limits: Limits,
): { readonly isGood: boolean; readonly text: string } {
	const isFast = valueMs < limits.belowMs;
	if (before === undefined) return { isGood: isFast, text: ms(valueMs) };
	const change = ((valueMs - before.value) / before.value) * 100;
	const isNoise = Math.abs(valueMs - before.value) <= limits.noiseMs;
	const isNear = change <= limits.changePercent || isNoise;
	const impact = `impact ${change >= 0 ? "+" : ""}${change.toFixed(1)} %`;
	const noise =
		isNear && change > limits.changePercent
			? `, a difference within ${ms(limits.noiseMs)} counts as none`
			: "";
	return {
		isGood: isFast && isNear,
		text: `${ms(valueMs)} after ${ms(before.value)}, ${impact}${noise}`,
	};
}

/** Milliseconds for people. */
export function ms(value: number): string {
	return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
