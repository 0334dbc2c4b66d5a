import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { listed } from "../validate/check.ts";
import { type ChecklistItem, pointOf } from "./checklist.ts";
import { type Inventory, type Part, parts } from "./facts.ts";
import { type Risk, severities } from "./risks/index.ts";
import { bytesText, plural } from "./text.ts";

/**
 * What an inventory comes to. Failed: there are blockers. Not run: a part could not be read and nobody answers for it,
 * or an item of the checklist is open. Passed: everything was read, and the checklist is answered.
 */
export function judgeInventory(
	inventory: Inventory,
	risks: readonly Risk[],
	checklist: readonly ChecklistItem[],
	run: {
		readonly reports: readonly string[];
		readonly seconds: number;
	},
): Result {
	const [complete] = checklist;
	const checks = [
		...parts.map((part) => partCheck(inventory, part, complete)),
		riskCheck(risks),
		...checklist.map(itemCheck),
	].map((check, nth) => ({
		...check,
		// The parts are read side by side: the time is that of the whole.
		seconds: nth === 0 ? run.seconds : 0,
	}));
	const outcome = combineOutcomes(checks);
	return {
		outcome,
		checks,
		next: nextText(outcome, risks, run.reports),
		facts: { reports: run.reports, risks, checklist },
	};
}

type Finding = Omit<Check, "seconds">;

function partCheck(
	inventory: Inventory,
	part: Part,
	complete: ChecklistItem | undefined,
): Finding {
	const missing = inventory.unread.filter((one) => one.part === part);
	const isAnswered = missing.every(
		(one) => complete?.unanswered.includes(pointOf(one)) === false,
	);
	const read = foundText(inventory, part);
	return {
		name: part,
		outcome: missing.length === 0 ? "passed" : "not run",
		expected: "everything read",
		actual:
			missing.length === 0
				? read
				: `${read === "" ? "" : `${read}; `}${missing.length} not read${isAnswered ? ", answered for" : ""}`,
		details: missing.slice(0, listed).map(({ what, why }) => `${what}: ${why}`),
		// Somebody answers for what is missing.
		required: missing.length === 0 || !isAnswered,
	};
}

function foundText(inventory: Inventory, part: Part): string {
	const { tables, server, conversion, api, files, dependencies } = inventory;
	switch (part) {
		case "catalog":
			return `PostgreSQL ${server.version}, ${plural(tables.length, "table")}, ${plural(inventory.views.length, "view")}, ${plural(inventory.extensions.length, "extension")}, ${plural(inventory.roles.length, "role")}`;
		case "rows": {
			const counted = tables.filter(
				({ kind, rows }) => kind === "table" && rows !== null,
			);
			const rows = counted.reduce((sum, one) => sum + (one.rows ?? 0), 0);
			return `${plural(rows, "row")} in ${plural(counted.length, "table")}`;
		}
		case "data": {
			const { keptBack } = conversion;
			if (keptBack === null) return "";
			const rows = keptBack.reduce((sum, one) => sum + one.rows, 0);
			return `the conversion would keep ${plural(rows, "row")} back`;
		}
		case "schema dump":
			return inventory.unread.some((one) => one.part === part)
				? ""
				: "legacy_schema.sql";
		case "API":
			return api === null ? "" : plural(api.endpoints.length, "endpoint");
		case "files":
			return files === null
				? ""
				: `${plural(files.files, "file")}, ${bytesText(files.bytes)}`;
		case "application settings":
			return dependencies.settings === null
				? ""
				: `${plural(dependencies.settings.length, "address", "addresses")} of other parts`;
	}
}

function riskCheck(risks: readonly Risk[]): Finding {
	const [blockers = 0, warnings = 0, notes = 0] = severities.map(
		(severity) => risks.filter((risk) => risk.severity === severity).length,
	);
	return {
		name: "risks",
		outcome: blockers === 0 ? "passed" : "failed",
		expected: "no blockers",
		actual: `${plural(blockers, "blocker")}, ${plural(warnings, "warning")}, ${plural(notes, "note")}`,
		details: risks
			.slice(0, listed)
			.map((risk) => `${risk.severity} ${risk.id}: ${risk.what}`),
	};
}

function itemCheck(item: ChecklistItem): Finding {
	const { answeredBy } = item;
	return {
		name: `checklist: ${item.title.toLowerCase()}`,
		outcome: answeredBy === null ? "not run" : "passed",
		expected: "answered by the inventory, or by a named person",
		actual:
			answeredBy === null
				? (item.refused ?? `${plural(item.unanswered.length, "open point")}`)
				: answeredBy === "inventory"
					? "answered by the inventory"
					: `answered by ${answeredBy.by} on ${answeredBy.on}`,
		details:
			answeredBy === null
				? item.unanswered.slice(0, listed).map((point) => `open: ${point}`)
				: [],
	};
}

function nextText(
	outcome: Result["outcome"],
	risks: readonly Risk[],
	reports: readonly string[],
): string {
	const report = reports.find((path) => path.endsWith(".md")) ?? "";
	if (outcome === "passed") {
		return `The source is known and the checklist is answered (${report}), nothing was changed; next: cutover schema apply`;
	}
	if (outcome === "failed") {
		const blockers = risks
			.filter((risk) => risk.severity === "blocker")
			.map(({ id }) => id);
		return `The conversion cannot run yet: ${blockers.join(", ")} (${report}), nothing was changed; next: remove them, then cutover inventory`;
	}
	return `The inventory is written (${report}), nothing was changed; next: what was not read and what is open, then cutover inventory --answers FILE`;
}
