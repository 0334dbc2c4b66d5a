import { reasonOf } from "../errors.ts";

/** Something that a scenario makes or changes, and that has to go, or back, afterwards. */
export interface TestDatum {
	/** "workflow", "account", "profile", or a team's own word. */
	readonly kind: string;
	/** What it is called where it lies: the beginning of a name, an e-mail address. */
	readonly key: string;
	/** What a person has to do when it cannot be removed. */
	readonly byHand: string;
}

/** Takes one thing away; throws when it cannot, and does nothing when it is not there. Answers how many it took. */
export type Remove = (key: string) => Promise<number>;

/** A datum that was not removed, and why. */
export interface LeftDatum extends TestDatum {
	readonly reason: string;
}

/** What a run made. Noted before it is made, so that a run that is killed in between leaves a note of it. */
export interface TestData {
	/** Notes something that is about to be made; `remove` for kinds that the run does not know. */
	add(datum: TestDatum, remove?: Remove): void;
}

export interface DataRecord extends TestData {
	/** What is noted and not removed yet. */
	pending(): readonly TestDatum[];
	/** Removes what is noted, the last first; answers what went and what is left with the reason. */
	removeAll(): Promise<{
		readonly removed: readonly TestDatum[];
		readonly left: readonly LeftDatum[];
	}>;
}

/** Keeps the record; `removers` know how to remove each kind, a text instead of one says why it cannot. */
export function recordData(
	removers: Readonly<Record<string, Remove | string>>,
	onChange: () => void,
): DataRecord {
	const noted: { datum: TestDatum; remove: Remove | string | undefined }[] = [];
	return {
		add(datum, remove) {
			const isKnown = noted.some(
				({ datum: other }) =>
					other.kind === datum.kind && other.key === datum.key,
			);
			if (isKnown) return;
			noted.push({ datum, remove: remove ?? removers[datum.kind] });
			onChange();
		},
		pending: () => noted.map(({ datum }) => datum),
		async removeAll() {
			const removed: TestDatum[] = [];
			const left: LeftDatum[] = [];
			for (const { datum, remove } of noted.toReversed()) {
				if (typeof remove !== "function") {
					left.push({
						...datum,
						reason: remove ?? `nothing here removes a ${datum.kind}`,
					});
					continue;
				}
				try {
					// What was noted and never made is not there: nothing to report.
					if ((await remove(datum.key)) > 0) removed.push(datum);
				} catch (error) {
					left.push({ ...datum, reason: reasonOf(error) });
				}
			}
			return { removed, left };
		},
	};
}
