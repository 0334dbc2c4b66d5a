import { targetDatabase } from "./databases.ts";
import type { Server } from "./server.ts";

/** What a finished conversion looks like: per table the number of rows and a hash over all of them, and its definition. */
export type Digest = Readonly<Record<string, string>>;

interface Digested {
	readonly table: string;
	/** Columns that are compared, when it is not all of them. */
	readonly only?: readonly string[];
	/** Condition that the rows belong to legacy users up to an id. */
	upTo(id: number): string;
}

const mapped = (column: string) => (id: number) =>
	`${column} IN (SELECT user_id FROM cutover.identity_map WHERE legacy_id <= ${id})`;

const digested: readonly Digested[] = [
	{ table: "auth.users", upTo: mapped("id") },
	{ table: "auth.identities", upTo: mapped("user_id") },
	{ table: "public.profiles", upTo: mapped("id") },
	{ table: "cutover.identity_map", upTo: (id) => `legacy_id <= ${id}` },
	{
		table: "cutover.quarantine",
		only: ["source_table", "source_id", "reason"],
		upTo: (id) => `source_id <= ${id}`,
	},
];

/**
 * Digests the target. The start of the run stands in for creation times that nobody knows: it is taken out, since it is
 * another one in every run.
 *
 * @param startedAt ISO 8601. @param upToId only rows of legacy users up to this id. Default: all.
 */
export async function digestTarget(
	target: Server,
	startedAt: string,
	upToId?: number,
): Promise<Digest> {
	const parts = await Promise.all(
		digested.map(async (one) => [
			one.table,
			await digestTable(target, one, startedAt, upToId),
		]),
	);
	return {
		...Object.fromEntries(parts),
		"indexes and constraints": await digestShape(target),
	};
}

/** Names what differs, with both sides; empty when nothing does. */
export function differences(expected: Digest, actual: Digest): string[] {
	return Object.keys(expected)
		.filter((name) => expected[name] !== actual[name])
		.map((name) => `${name}: expected ${expected[name]}, got ${actual[name]}`);
}

async function digestTable(
	target: Server,
	{ table, only, upTo }: Digested,
	startedAt: string,
	upToId: number | undefined,
): Promise<string> {
	const columns = await target.query<{ name: string }>(
		`SELECT attname AS name FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`,
		targetDatabase,
	);
	const compared = only ?? columns.map(({ name }) => name);
	const row = `replace(ROW(${compared.join(", ")})::text, '${startedAt}'::timestamptz::text, 'start of the run')`;
	const [digest] = await target.query<{ text: string }>(
		`SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(${row}, 0)), 0) AS text FROM ${table} WHERE ${upToId === undefined ? "true" : upTo(upToId)}`,
		targetDatabase,
	);
	return digest?.text ?? "";
}

async function digestShape(target: Server): Promise<string> {
	const rows = await target.query<{ line: string }>(
		`WITH ours AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('auth', 'public', 'cutover') AND relkind = 'r' AND relname <> 'legacy_users')
		SELECT pg_get_indexdef(indexrelid) || ' ' || indisvalid AS line FROM pg_index JOIN ours ON oid = indrelid
		UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN ours ON ours.oid = conrelid
		ORDER BY line`,
		targetDatabase,
	);
	return rows.map(({ line }) => line).join("\n");
}
