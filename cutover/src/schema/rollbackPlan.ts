import { UsageError } from "../errors.ts";

/** How far back: to a migration's number, or so many steps. */
export interface RollbackWish {
	readonly to?: number | undefined;
	readonly steps?: number | undefined;
}

/**
 * The number of the migration that stays the newest; 0 when none stays. A wish for steps becomes a number once, before
 * anything is done: two runs of the same wish then end at the same place.
 *
 * @param applied names in the order of applying.
 * @throws UsageError for a wish that makes no sense.
 */
export function rollbackGoal(
	applied: readonly string[],
	wish: RollbackWish,
): number {
	if (wish.to !== undefined && wish.steps !== undefined) {
		throw new UsageError(
			"--to and --steps exclude each other: give one of them",
		);
	}
	if (wish.to === undefined) {
		const kept = applied.slice(
			0,
			Math.max(0, applied.length - (wish.steps ?? 1)),
		);
		return numberOf(kept.at(-1));
	}
	const numbers = [0, ...applied.map(numberOf)];
	const newest = numbers.at(-1) ?? 0;
	if (wish.to < newest && !numbers.includes(wish.to)) {
		throw new UsageError(
			`--to: expected ${numbers.join(", ")}, got ${wish.to}; the numbers are those of the migrations: ${applied.join(", ")}`,
		);
	}
	return wish.to;
}

/** What has to be undone to get there, newest first. */
export function stepsTo(
	goal: number,
	applied: readonly string[],
): readonly string[] {
	return applied.filter((name) => numberOf(name) > goal).toReversed();
}

const numberOf = (name: string | undefined): number =>
	name === undefined ? 0 : Number.parseInt(name, 10);
