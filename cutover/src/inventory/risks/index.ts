import type { Inventory } from "../facts.ts";
import type { Risk, Severity } from "./risk.ts";
import { rowRisks } from "./rows.ts";
import { serverRisks } from "./server.ts";
import { shapeRisks } from "./shape.ts";
import { surroundingRisks } from "./surroundings.ts";
import { tableRisks } from "./tables.ts";
import { typeRisks } from "./types.ts";

export type { Risk, Severity } from "./risk.ts";

/** From the heaviest to the lightest. */
export const severities: readonly Severity[] = ["blocker", "warning", "note"];

/** Every risk that the inventory shows, the heaviest first. */
export function findRisks(inventory: Inventory): readonly Risk[] {
	return [
		...shapeRisks(inventory),
		...rowRisks(inventory),
		...typeRisks(inventory),
		...tableRisks(inventory),
		...serverRisks(inventory),
		...surroundingRisks(inventory),
	].toSorted(
		(one, other) =>
			severities.indexOf(one.severity) - severities.indexOf(other.severity),
	);
}
