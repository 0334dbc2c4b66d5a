import type { Side } from "./side.ts";

/** How many answers one turn of each probe measures. */
export type Plan = ReadonlyMap<string, number>;

export interface PlanInput {
	readonly name: string;
	/** Answers wanted per turn. */
	readonly perBlock: number;
	/** Usual time of one answer, in milliseconds. */
	readonly ms: number;
}

/** What a turn costs besides its answers: a connection is opened, the generator set up and its end noticed. */
const turnMs = 6;

/** How long a round takes, in milliseconds. */
export function roundMs(
	probes: readonly PlanInput[],
	plan: Plan,
	turns: number,
): number {
	return probes.reduce(
		(sum, { name, ms }) => sum + turns * (turnMs + ms * (plan.get(name) ?? 1)),
		0,
	);
}

/**
 * As many answers per turn as wanted where a round fits into its time, and fewer in proportion where it does not, but at
 * least one: many short rounds show what changes between them, few long ones do not.
 */
export function planTurns(
	probes: readonly PlanInput[],
	turns: number,
	budgetMs: number,
): Plan {
	const wanted = new Map(probes.map(({ name, perBlock }) => [name, perBlock]));
	if (roundMs(probes, wanted, turns) <= budgetMs) return wanted;
	const least = new Map(probes.map(({ name }) => [name, 1]));
	const spare = Math.max(0, budgetMs - roundMs(probes, least, turns));
	// What is spare is shared out evenly; who needs less leaves the rest to the others.
	const byNeed = [...probes].sort(
		(one, other) => one.ms * one.perBlock - other.ms * other.perBlock,
	);
	let left = spare / turns;
	return new Map(
		byNeed.map(({ name, perBlock, ms }, at) => {
			const share = left / (byNeed.length - at);
			const more = Math.min(perBlock - 1, Math.floor(share / ms));
			left -= more * ms;
			return [name, 1 + more];
		}),
	);
}

/** Which side has its turn when: ABBA and BAAB in turn, so that a drift within a round and a habit of turns cancel out. */
export function turnsOf(
	sides: readonly Side[],
	round: number,
): readonly Side[] {
	const order = round % 2 === 0 ? sides : [...sides].reverse();
	return [...order, ...[...order].reverse()];
}
