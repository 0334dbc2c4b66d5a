import type { Outcome } from "../outcome.ts";
import type { World } from "./world.ts";

/** The categories of the go-live, in the order of the report. A team's own checks may name others. */
export const categories = [
	"Functionality",
	"Data Integrity",
	"Performance",
	"Security",
	"Integration",
] as const;

/** What one check saw. */
export interface Seen {
	readonly outcome: Outcome;
	readonly actual: string;
	/** Replaces the expectation that the check announced, where it is known only afterwards. */
	readonly expected?: string;
	readonly details?: readonly string[];
	/** False: may be left out. Default: as the check says. */
	readonly required?: boolean;
}

/** One check before or after the migration. */
export interface CheckSpec {
	/** Says what is looked at; unique within a run. */
	readonly name: string;
	readonly group: string;
	readonly expected: string;
	/** Names of checks that must have passed; otherwise this one is not run. Default: none. */
	readonly needs?: readonly string[];
	/** Names of checks that are done before, whatever they come to: they leave something for this one. Default: none. */
	readonly after?: readonly string[];
	/** Default: true. */
	readonly required?: boolean;
	/** Looks; whatever it throws fails the check, a NotRunError leaves it open. */
	run(world: World): Promise<Seen>;
}

/** Something that the check needs is not there: it proves nothing, in either direction. */
export class NotRunError extends Error {
	override readonly name = "NotRunError";
	readonly required: boolean | undefined;

	constructor(message: string, options: { readonly required?: boolean } = {}) {
		super(message);
		this.required = options.required;
	}
}

/** Most entries that a report lists per check. */
const listed = 20;

export const passed = (actual: string): Seen => ({ outcome: "passed", actual });

export const failed = (
	actual: string,
	details: readonly string[] = [],
): Seen => ({
	outcome: "failed",
	actual,
	...(details.length > 0 && { details: details.slice(0, listed) }),
});

/** Passed when there is no fault, else failed with the faults, the first of them also in the short text. */
export function without(faults: readonly string[], actual: string): Seen {
	const [first, ...more] = faults;
	if (first === undefined) return passed(actual);
	return failed(
		more.length === 0 ? first : `${first}, and ${more.length} more`,
		more.length === 0 ? [] : faults,
	);
}
