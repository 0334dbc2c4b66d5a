import { withClient } from "../../rehearsal/engine/client.ts";
import { filledTables, type LooseIndexes, looseIndexes } from "./indexes.ts";
import { runInOrder, runSideBySide } from "./sessions.ts";

/** Takes all indexes, keys and foreign keys of the filled tables away; answers how to make them again. */
export async function dropIndexes(url: string): Promise<LooseIndexes> {
	return await withClient(url, async (client) => {
		const indexes = await looseIndexes(client);
		for (const statement of indexes.drop) await client.query(statement);
		return indexes;
	});
}

/** Makes indexes and constraints again in a few sessions, and measures the tables for the planner. */
export async function buildIndexes(
	url: string,
	sessions: number,
	indexes: LooseIndexes,
): Promise<void> {
	await buildIndexesOnly(url, sessions, indexes);
	await analyzeTables(url, sessions);
}

/** As `buildIndexes`, without measuring the tables. */
export async function buildIndexesOnly(
	url: string,
	sessions: number,
	indexes: LooseIndexes,
): Promise<void> {
	// The sessions themselves fill the cores.
	const alone = ["SET max_parallel_maintenance_workers = 0"];
	await runSideBySide(url, sessions, indexes.build, alone);
	await runInOrder(url, indexes.attach);
	await runSideBySide(url, sessions, indexes.validate);
}

export async function analyzeTables(
	url: string,
	sessions: number,
): Promise<void> {
	await runSideBySide(
		url,
		sessions,
		filledTables.map((table) => `ANALYZE ${table}`),
	);
}
