import type { Answer, Answers } from "./answers.ts";
import { nameOf } from "./apiDocument.ts";
import type { Inventory, Unread } from "./facts.ts";
import type { Risk } from "./risks/index.ts";
import { migratedTables, tablesLeftBehind } from "./risks/shape.ts";
import {
	dependenciesElsewhere,
	extensionsNotOnRds,
} from "./risks/surroundings.ts";

/** The items of the preparation checklist. */
export const checklistIds = [
	"inventory-complete",
	"data-sources-identified",
	"legacy-functions-mapped",
	"dependency-analysis",
	"risk-assessment",
] as const;

export type ChecklistId = (typeof checklistIds)[number];

/** One item of the preparation checklist, with who answers for it. */
export interface ChecklistItem {
	readonly id: ChecklistId;
	readonly title: string;
	/** What the inventory itself does not settle. */
	readonly openPoints: readonly string[];
	/** The open points that nobody answered for. */
	readonly unanswered: readonly string[];
	/** "inventory", the answer of a person, or null as long as points are unanswered. */
	readonly answeredBy: "inventory" | Omit<Answer, "covers"> | null;
	/** Why an answer that was given does not count. */
	readonly refused: string | null;
}

const titles: Readonly<Record<ChecklistId, string>> = {
	"inventory-complete": "Inventory complete",
	"data-sources-identified": "Data sources identified",
	"legacy-functions-mapped": "Legacy functions mapped to new features",
	"dependency-analysis": "Dependency analysis",
	"risk-assessment": "Risk assessment",
};

/**
 * Answers the checklist: an item with no open point is answered by the inventory, any other by a person whose answer
 * covers every open point. A point that comes up later is open again.
 */
export function buildChecklist(
	inventory: Inventory,
	risks: readonly Risk[],
	answers: Answers,
	today: string,
): readonly ChecklistItem[] {
	const open = openPoints(inventory, risks);
	return checklistIds.map((id) => {
		const answer = answers[id];
		const refused =
			answer !== undefined && answer.on > today
				? `the answer is dated ${answer.on}, which lies ahead`
				: null;
		const covered = refused === null ? (answer?.covers ?? []) : [];
		const unanswered = open[id].filter((point) => !covered.includes(point));
		return {
			id,
			title: titles[id],
			openPoints: open[id],
			unanswered,
			answeredBy: answeredBy(open[id], unanswered, answer),
			refused,
		};
	});
}

/** An entry of the unread as the checklist names it. */
export function pointOf(unread: Pick<Unread, "part" | "what">): string {
	return `${unread.part}: ${unread.what}`;
}

function answeredBy(
	open: readonly string[],
	unanswered: readonly string[],
	answer: Answer | undefined,
): ChecklistItem["answeredBy"] {
	if (open.length === 0) return "inventory";
	if (unanswered.length > 0 || answer === undefined) return null;
	const { by, on, statement } = answer;
	return { by, on, statement };
}

function openPoints(
	inventory: Inventory,
	risks: readonly Risk[],
): Readonly<Record<ChecklistId, readonly string[]>> {
	const unread = (...parts: readonly Unread["part"][]) =>
		inventory.unread.filter(({ part }) => parts.includes(part)).map(pointOf);
	return {
		"inventory-complete": inventory.unread.map(pointOf),
		"data-sources-identified": [
			...unread("catalog", "files"),
			...tablesLeftBehind(inventory).map(({ name }) => `table ${name}`),
			...inventory.foreignServers.map(({ name }) => `foreign server ${name}`),
			...((inventory.largeObjects ?? 0) > 0 ? ["large objects"] : []),
		],
		"legacy-functions-mapped": [
			...unread("API"),
			...unmappedEndpoints(inventory),
			...migratedTables(inventory).flatMap(({ table }) =>
				table.triggers.map(({ name }) => `trigger ${name} on ${table.name}`),
			),
		],
		"dependency-analysis": [
			...unread("catalog", "application settings"),
			...dependenciesElsewhere(inventory).map(
				({ setting, address }) => `${setting}: ${address}`,
			),
			...inventory.foreignServers.map(({ name }) => `foreign server ${name}`),
			...extensionsNotOnRds(inventory).map((name) => `extension ${name}`),
		],
		"risk-assessment": risks
			.filter(({ severity }) => severity !== "note")
			.map(({ id }) => id),
	};
}

function unmappedEndpoints({ api }: Inventory): readonly string[] {
	if (api === null) return [];
	if (api.successors === null) return api.endpoints.map(nameOf);
	return api.successors
		.filter(({ successor }) => successor === null)
		.map(({ endpoint }) => endpoint);
}
