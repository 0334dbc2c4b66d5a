import type { LockWait } from "../adapters/tableLocks.ts";
import type { Talk } from "../console.ts";
import { type Mapping, sourceTables } from "../conversion/mapping.ts";
import { targetTables } from "./entities.ts";

/** Who is told of a wait, and who ends it. */
export interface Told {
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/** How to wait for tables of the target that somebody looks into, for example a program that watches the migration. */
export const waitForTarget = (
	mapping: Mapping,
	{ talk, signal }: Told,
): LockWait => ({
	schemas: schemasOf(targetTables(mapping)),
	state: "what was done is on record: run it again",
	talk,
	signal,
});

/** How to wait for legacy tables that somebody else writes to. */
export const waitForSource = (
	mapping: Mapping,
	{ talk, signal }: Told,
): LockWait => ({
	schemas: schemasOf(sourceTables(mapping)),
	state: "what was carried back is on record: run it again",
	talk,
	signal,
});

/** The schemas in which these tables of a mapping lie. */
function schemasOf(tables: readonly string[]): readonly string[] {
	return tables.map((table) => {
		const [schema = "", name] = table.split(".");
		return name === undefined ? "public" : schema;
	});
}
