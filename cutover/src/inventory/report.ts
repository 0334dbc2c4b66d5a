import { maskSecrets } from "../masking.ts";
import { type KeptReport, keepFiles } from "../reports/keep.ts";
import type { ChecklistItem } from "./checklist.ts";
import type { Gathered } from "./gather.ts";
import { renderInventory } from "./markdown.ts";
import type { Risk } from "./risks/index.ts";

/** Writes the files of an inventory, each whole or not at all. */
export async function writeInventory(
	address: string,
	found: Gathered,
	risks: readonly Risk[],
	checklist: readonly ChecklistItem[],
): Promise<KeptReport> {
	const json = (value: unknown, masked = (text: string) => text) =>
		`${JSON.stringify(value, (_, one: unknown) => (typeof one === "string" ? masked(one) : one), 2)}\n`;
	const files = {
		"legacy_inventory.json": json(
			{ ...found.inventory, risks, checklist },
			maskSecrets,
		),
		"legacy_schema.sql": found.schemaSql,
		"legacy_api_docs.json":
			found.apiDocument === undefined ? undefined : json(found.apiDocument),
		"inventory.md": maskSecrets(
			renderInventory(found.inventory, risks, checklist),
		),
	};
	// What an earlier run left of a file that this one does not have would pass for a part of this one.
	return await keepFiles(
		address,
		Object.entries(files).map(([name, content]) => ({ name, content })),
	);
}
