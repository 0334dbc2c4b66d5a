import { type Plan, turnsOf } from "./plan.ts";
import type { Taken } from "./sampler.ts";
import type { Side } from "./side.ts";

/** What one round brought for one probe of one side: the unit that everything is drawn from. */
export interface RoundSamples extends Taken {
	readonly round: number;
	readonly side: string;
	readonly probe: string;
}

/** One round: every probe, both sides in turn, so that what is compared lies milliseconds apart. */
export async function takeRound(
	sides: readonly Side[],
	plan: Plan,
	round: number,
	signal: AbortSignal,
): Promise<readonly RoundSamples[]> {
	const taken: RoundSamples[] = [];
	for (const [probe, count] of plan) {
		const bySide = new Map<Side, Taken[]>(sides.map((side) => [side, []]));
		for (const side of turnsOf(sides, round)) {
			const sampler = side.samplers.get(probe);
			if (sampler === undefined) continue;
			bySide.get(side)?.push(await sampler.take(count, signal));
		}
		for (const [side, turns] of bySide) {
			taken.push({
				round,
				side: side.label,
				probe,
				ms: turns.flatMap(({ ms }) => ms),
				asked: turns.reduce((sum, { asked }) => sum + asked, 0),
				failures: turns.flatMap(({ failures }) => failures),
			});
		}
	}
	return taken;
}

/** More errors than answers: more of them tell nothing. */
export function hopeless(samples: readonly RoundSamples[]): boolean {
	const sum = new Map<string, { asked: number; failed: number }>();
	for (const { side, probe, asked, failures } of samples) {
		const so = sum.get(`${side} ${probe}`) ?? { asked: 0, failed: 0 };
		sum.set(`${side} ${probe}`, {
			asked: so.asked + asked,
			failed: so.failed + failures.length,
		});
	}
	return [...sum.values()].some(
		({ asked, failed }) => failed > 5 && failed > asked / 2,
	);
}
