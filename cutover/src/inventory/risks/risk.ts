import { sampleSize } from "../facts.ts";

/**
 * How much a risk weighs. `blocker`: the conversion refuses, or data would be lost: mend it first. `warning`: rows stay
 * behind, a later step cannot be done, or a person has to decide. `note`: good to know.
 */
export type Severity = "blocker" | "warning" | "note";

/** One thing that can go wrong, with what to do about it. */
export interface Risk {
	/** Stable name, to be quoted where somebody answers for it. */
	readonly id: string;
	readonly severity: Severity;
	/** What was found, with numbers. */
	readonly what: string;
	/** What is concerned: names, or ids of rows; sorted, the first ones. */
	readonly samples: readonly string[];
	readonly todo: string;
}

/** The risk, unless nothing is concerned. */
export function riskOf(
	names: readonly string[],
	risk: Omit<Risk, "samples">,
): readonly Risk[] {
	return names.length === 0 ? [] : [{ ...risk, samples: shown(names) }];
}

/** The first names; the last line says how many more there are. */
export function shown(names: readonly string[]): readonly string[] {
	return names.length <= sampleSize * 2
		? names
		: [
				...names.slice(0, sampleSize * 2),
				`and ${names.length - sampleSize * 2} more`,
			];
}

/** `legacy_users 1`, `legacy_users 7`, and how many more there are in all. */
export function rowNames(
	table: string,
	ids: readonly number[],
	total: number,
): readonly string[] {
	const names = ids.map((id) => `${table} ${id}`);
	return total > ids.length
		? [...names, `and ${total - ids.length} more`]
		: names;
}
