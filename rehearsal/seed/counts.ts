import { defectOf } from "./defects.ts";
import { filesOf } from "./files.ts";
import { hasBrokenConfig, workflowsOf } from "./workflows.ts";

/** What becomes of the rows of one table; source = migrated + quarantined. */
export interface Fate {
	readonly source: number;
	readonly migrated: number;
	readonly quarantined: number;
}

export interface ExpectedCounts {
	/** `repaired` users are among the migrated. */
	readonly users: Fate & { readonly repaired: number };
	readonly workflows: Fate;
	readonly steps: Fate;
	readonly files: Fate;
	/** Users per defect, by its name. */
	readonly defects: Readonly<Record<string, number>>;
}

/** Seed of the rehearsed system, unless another is asked for. */
export const usualSeed = 20261122;

/** What a migration of the seeded system has to arrive at, from what the generator knows about every row it makes. */
export function expectedCounts(
	users: number,
	seed: number = usualSeed,
): ExpectedCounts {
	const counts = { users: tally(), workflows: tally(), steps: tally() };
	const files = tally();
	const found: Record<string, number> = {};
	let repaired = 0;
	for (let id = 1; id <= users; id++) {
		const defect = defectOf(id);
		if (defect) found[defect.name] = (found[defect.name] ?? 0) + 1;
		const stays = staysBehind(id, users);
		count(counts.users, stays);
		if (!stays && defect?.repaired) repaired++;
		for (const workflow of workflowsOf(seed, id)) {
			count(counts.workflows, stays);
			workflow.steps.forEach((_, index) => {
				count(counts.steps, stays || (index === 0 && hasBrokenConfig(id)));
			});
		}
	}
	for (const file of filesOf(seed, users)) {
		count(
			files,
			file.fate === "quarantined" || staysBehind(file.userId, users),
		);
	}
	return {
		users: { ...counts.users, repaired },
		workflows: counts.workflows,
		steps: counts.steps,
		files,
		defects: found,
	};
}

/** Whether the user goes to the quarantine. */
export function staysBehind(id: number, users: number): boolean {
	const defect = defectOf(id);
	if (defect?.needsNext && id === users) return false;
	return defect?.fate === "quarantined";
}

function tally() {
	return { source: 0, migrated: 0, quarantined: 0 };
}

function count(fate: ReturnType<typeof tally>, isQuarantined: boolean): void {
	fate.source++;
	if (isQuarantined) fate.quarantined++;
	else fate.migrated++;
}
