import type { PlanInput } from "./plan.ts";
import type { Side } from "./side.ts";
import { ascending, quantile } from "./statistics/location.ts";

/** Longest turn while warming up, in milliseconds, and most answers in it. */
const turnMs = 150;
const turnAnswers = 400;

/** A turn that is faster than every one before by more than this shows that it is not warm yet. */
const stillFaster = 0.95;

/** Fewer answers than this say little about how fast they are. */
const tellingAnswers = 20;

/** How many times the wanted time a warm-up may take. */
const patience = 5;

/**
 * Asks until code and caches of both sides are warm: at least for the wanted time, and on until no endpoint of either side
 * becomes faster. A system that was started a moment ago is slow at first, and is not to be compared like that. Answers
 * how long an answer usually takes on the slower side.
 */
export async function warmUp(
	sides: readonly Side[],
	probes: readonly { readonly name: string; readonly perBlock: number }[],
	seconds: number,
	signal: AbortSignal,
): Promise<readonly PlanInput[]> {
	const startedAt = performance.now();
	const spent = () => (performance.now() - startedAt) / 1000;
	const best = new Map<string, number>();
	for (let isWarm = false; ; ) {
		isWarm = true;
		for (const { name } of probes) {
			const known = usualOf(best, sides, name);
			const count =
				known === undefined
					? 1
					: Math.max(1, Math.min(turnMs / known, turnAnswers));
			for (const side of sides) {
				const taken = await side.samplers
					.get(name)
					?.take(Math.round(count), signal);
				if (taken === undefined || taken.ms.length === 0) continue;
				// The faster quarter: what disturbs the machine hardly reaches it.
				const time = quantile(ascending(taken.ms), 0.25);
				const key = `${side.label} ${name}`;
				const before = best.get(key) ?? Number.POSITIVE_INFINITY;
				if (taken.ms.length >= tellingAnswers || known === undefined) {
					isWarm &&= time > stillFaster * before;
				}
				best.set(key, Math.min(before, time));
			}
		}
		if (spent() >= seconds * patience) break;
		if (spent() >= seconds && (isWarm || seconds === 0)) break;
	}
	return probes.map(({ name, perBlock }) => ({
		name,
		perBlock,
		ms: Math.max(0.05, usualOf(best, sides, name) ?? 1),
	}));
}

function usualOf(
	best: ReadonlyMap<string, number>,
	sides: readonly Side[],
	name: string,
): number | undefined {
	const times = sides.flatMap(
		({ label }) => best.get(`${label} ${name}`) ?? [],
	);
	return times.length === 0 ? undefined : Math.max(...times);
}
