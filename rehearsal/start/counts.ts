import type pg from "pg";
import { withClient } from "../engine/client.ts";
import type { RowCount } from "./summary.ts";

interface Pair {
	readonly table: string;
	readonly source: string;
	readonly target: string;
}

const pairs: readonly Pair[] = [
	{ table: "users", source: "legacy_users", target: "auth.users" },
	{ table: "workflows", source: "workflows", target: "public.workflows" },
	{ table: "steps", source: "workflow_steps", target: "public.workflow_steps" },
	{ table: "files", source: "uploaded_files", target: "public.files" },
];

/**
 * Counts both databases row by row, without the migration's own bookkeeping of what it did: a target row is migrated
 * when the source has its id, and born on the target otherwise.
 */
export async function countRows(
	sourceUrl: string,
	targetUrl: string,
): Promise<readonly RowCount[]> {
	const at = (connectionString: string) => ({
		connectionString,
		statement_timeout: 30_000,
	});
	return await withClient(at(sourceUrl), (source) =>
		withClient(at(targetUrl), async (target) => {
			const counts: RowCount[] = [];
			for (const pair of pairs)
				counts.push(await countPair(source, target, pair));
			return counts;
		}),
	);
}

async function countPair(
	source: pg.Client,
	target: pg.Client,
	pair: Pair,
): Promise<RowCount> {
	const { rows } = await source.query<{ id: number }>(
		`select id from ${pair.source}`,
	);
	const ids = rows.map((row) => row.id);
	const known =
		pair.target === "auth.users"
			? "id in (select user_id from cutover.identity_map where legacy_id = any($1))"
			: "id = any($1)";
	const found = await target.query<{ migrated: number; born: number }>(
		`select count(*) filter (where ${known})::int as migrated, count(*) filter (where not ${known})::int as born
		 from ${pair.target}`,
		[ids],
	);
	const quarantined = await target.query<{ rows: number }>(
		"select count(*)::int as rows from cutover.quarantine where source_table = $1 and source_id::bigint = any($2)",
		[pair.source, ids],
	);
	return {
		table: pair.table,
		source: ids.length,
		migrated: found.rows[0]?.migrated ?? 0,
		bornOnTarget: found.rows[0]?.born ?? 0,
		quarantined: quarantined.rows[0]?.rows ?? 0,
	};
}
