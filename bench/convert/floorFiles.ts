import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { convertSettings } from "../../cutover/src/conversion/settings.ts";
import { findDoubtfulJson } from "../../cutover/src/convert/doubtfulJson.ts";
import {
	type ConversionRules,
	doubtfulSql,
	loadsOf,
	rowsSql,
} from "../../cutover/src/convert/entities.ts";
import { isAmong, isNotAmong } from "../../cutover/src/convert/ids.ts";
import { sourceRows } from "../../cutover/src/convert/sourceRows.ts";
import { withClient } from "../../rehearsal/engine/client.ts";
import { transformStartedAt } from "./transform.ts";

/** One table's share of one range: a file with the COPY out statement, the COPY in statement, and where bytes are kept. */
export interface FloorCopy {
	readonly table: string;
	readonly outFile: string;
	readonly into: string;
	readonly bytesFile: string;
}

/** Per range (as many as workers) the copies that fill the tables, owners first. */
export interface FloorFiles {
	readonly ranges: readonly (readonly FloorCopy[])[];
}

/** Over a long list of ids the planner expects no row at all, and would compare every row with every doubtful one. */
const goodPlan = "SET enable_nestloop = off;\n";

/**
 * Writes down the conversion as the source would do it, one stream per target table and range, one range per worker. Which rows stay behind and
 * which settings need a closer look is known here beforehand, and costs the floor nothing.
 */
export async function writeFloorFiles(request: {
	readonly sourceUrl: string;
	readonly rules: Omit<ConversionRules, "startedAt">;
	/** Sorted ids of the users that stay behind. */
	readonly keptBack: readonly number[];
	readonly workers: number;
	readonly folder: string;
}): Promise<FloorFiles> {
	const { sourceUrl, keptBack, workers, folder } = request;
	const rules = { ...request.rules, startedAt: transformStartedAt };
	return await withClient(sourceUrl, async (source) => {
		await source.query(
			"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
		);
		const { rows } = await source.query<{ from: number; to: number }>(
			`SELECT min(id) AS from, max(id) + 1 AS to FROM (SELECT id, ntile(${workers}) OVER (ORDER BY id) AS part FROM legacy_users) parted GROUP BY part ORDER BY part`,
		);
		const ranges: FloorCopy[][] = [];
		for (const [nth, { from, to }] of rows.entries()) {
			const ids = keptBack.filter((id) => id >= from && id < to);
			const where = `t.id >= ${from} AND t.id < ${to} AND ${isNotAmong("t.id", ids)}`;
			const rows = sourceRows("legacy_users", rules.mapping);
			const texts = await findDoubtfulJson(source, rows, "t.settings", where);
			const isDoubtful = isAmong(
				"t.id",
				texts.map(({ id }) => Number(id)),
			);
			// The same columns as the target's table of arriving rows has.
			const arrived = `(SELECT t.id::bigint AS id, t.username, t.email, t.password_hash, t.created_at, t.last_login, CASE WHEN NOT ${isDoubtful} THEN t.settings END AS settings FROM ${rows} WHERE ${where} OFFSET 0) t`;
			const doubtful = doubtfulSql(
				texts.map(({ id, text }) => ({
					id,
					preferences: convertSettings(text, rules.mapping.users.preferences),
				})),
			);
			const copies: FloorCopy[] = [];
			for (const load of loadsOf("legacy_users", rules)) {
				const select = rowsSql("legacy_users", load, rules, arrived, doubtful);
				const base = join(folder, `${load.target}-${nth}`);
				await writeFile(
					`${base}.sql`,
					`${goodPlan}COPY (${select}) TO STDOUT (FORMAT binary);\n`,
				);
				copies.push({
					table: load.target,
					outFile: `${base}.sql`,
					into: `COPY ${load.target} (${load.columns.join(", ")}) FROM STDIN (FORMAT binary)`,
					bytesFile: `${base}.bytes`,
				});
			}
			ranges.push(copies);
		}
		return { ranges };
	});
}
