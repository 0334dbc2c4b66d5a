import { type Session, withTransaction } from "../adapters/postgres.ts";
import {
	type LockPatience,
	lockPatience,
	withPatience,
} from "../adapters/tableLocks.ts";
import { quoteTable } from "../conversion/sqlNames.ts";
import { inLanes, type Lanes } from "./lanes.ts";

/**
 * Takes indexes, primary keys, unique constraints and foreign keys away, so that the load need not keep them, and writes
 * down how to make them again. Only where the tables are ours and still empty; elsewhere everything stays. A key that
 * tables of somebody else refer to stays too. To be called inside the transaction that records the plan.
 */
export async function deferIndexes(
	target: Session,
	tables: readonly string[],
): Promise<void> {
	// What takes longest to sort comes first, text before all: then the sessions that build side by side end at about the same
	// time.
	const { rows } = await target.query<{
		drop: string | null;
		kind: string;
		make: string;
	}>(
		`WITH loaded AS (SELECT to_regclass(name)::oid AS oid FROM unnest($1::text[]) name),
		keys AS (SELECT c.* FROM pg_constraint c JOIN loaded ON loaded.oid = conrelid WHERE contype IN ('p', 'u')
			AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid AND f.conrelid NOT IN (SELECT oid FROM loaded))),
		refs AS (SELECT c.* FROM pg_constraint c JOIN loaded ON loaded.oid = conrelid WHERE contype = 'f')
		SELECT 1 AS place, (SELECT -sum(CASE WHEN a.attlen < 0 THEN 1000 ELSE a.attlen END) FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)) AS ease, 'index' AS kind, pg_get_indexdef(i.indexrelid) AS make, i.indexrelid::regclass::text AS name,
			CASE WHEN k.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass) END AS drop
		FROM pg_index i JOIN loaded ON loaded.oid = i.indrelid LEFT JOIN keys k ON k.conindid = i.indexrelid
		WHERE k.oid IS NOT NULL OR NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u', 'x'))
		UNION ALL SELECT 2, 0, 'constraint', format('ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I%s', conrelid::regclass, conname,
			CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, conname,
			CASE WHEN condeferrable THEN ' DEFERRABLE' || CASE WHEN condeferred THEN ' INITIALLY DEFERRED' ELSE '' END ELSE '' END),
			conname, format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM keys
		UNION ALL SELECT 3, 0, 'foreign key', format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', conrelid::regclass, conname,
			regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', '')), conname,
			format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM refs
		UNION ALL SELECT 4, 0, 'validation', format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname), conname, NULL FROM refs
		ORDER BY place, ease, name`,
		[tables.map(quoteTable)],
	);
	// Foreign keys go first: they rest on the others.
	for (const { drop } of rows.toReversed()) {
		if (drop !== null) await target.query(drop);
	}
	for (const [position, row] of rows.entries()) {
		await target.query(
			"INSERT INTO cutover.deferred (position, kind, statement) VALUES ($1, $2, $3)",
			[position, row.kind, row.make],
		);
	}
}

/** Whether all tables are ours, empty, and neither triggers nor publications wait for their rows. */
export async function canDefer(
	target: Session,
	tables: readonly string[],
): Promise<boolean> {
	const { rows } = await target.query<{ owned: boolean }>(
		"SELECT bool_and(pg_has_role(current_user, relowner, 'USAGE')) AND NOT bool_or(EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)) AND NOT bool_or(EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = c.oid)) AND NOT EXISTS (SELECT FROM pg_publication WHERE puballtables) AS owned FROM pg_class c WHERE c.oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) name)",
		[tables.map(quoteTable)],
	);
	if (rows[0]?.owned !== true) return false;
	for (const table of tables) {
		const filled = await target.query(
			`SELECT FROM ${quoteTable(table)} LIMIT 1`,
		);
		if (filled.rowCount !== 0) return false;
	}
	return true;
}

/** Whether foreign keys wait until everything is loaded. */
export async function isDeferred(target: Session): Promise<boolean> {
	const waiting = await target.query(
		"SELECT FROM cutover.deferred WHERE kind = 'foreign key' LIMIT 1",
	);
	return waiting.rowCount === 1;
}

/** Lets the planner of the target know what was loaded. */
export async function analyzeTables(
	lanes: Lanes,
	tables: readonly string[],
): Promise<void> {
	await inLanes(lanes, tables.map(quoteTable), async (session, table) => {
		await session.query(`ANALYZE ${table}`);
	});
}

/** Makes the indexes of the tables again, and of those that are keys the keys; each is recorded as it is done. */
export async function restoreIndexes(
	target: Session,
	lanes: Lanes,
	tables: readonly string[],
): Promise<void> {
	const memoryBytes = sortMemoryBytes(await largestBytes(target, tables));
	await carryOut(target, lanes, "index", memoryBytes);
	// What only enters a constraint locks its table and takes no time.
	await carryOut(target, firstOf(lanes), "constraint", memoryBytes);
}

/** Makes the foreign keys again, once everything they rest on has arrived; each is recorded as it is done. */
export async function restoreForeignKeys(
	target: Session,
	lanes: Lanes,
): Promise<void> {
	await carryOut(target, firstOf(lanes), "foreign key", cacheBytes);
	await carryOut(target, lanes, "validation", cacheBytes);
}

const firstOf = ({ sessions, wait }: Lanes): Lanes => ({
	sessions: sessions.slice(0, 1),
	wait,
});

type Kind = "index" | "constraint" | "foreign key" | "validation";

interface Statement {
	readonly position: number;
	readonly statement: string;
}

/**
 * How long to wait for a table each time. Behind an index that waits only writers queue, of whom there are none yet: it has
 * the time to outlast an autovacuum, which the server ends by itself (`deadlock_timeout`). A validation keeps nobody away,
 * and waits for other validations of its table as long as they take.
 */
const patienceFor: Readonly<Record<Kind, LockPatience | undefined>> = {
	index: { ...lockPatience, lockTimeoutMs: 12_000, lockTries: 5 },
	constraint: lockPatience,
	"foreign key": lockPatience,
	validation: undefined,
};

async function carryOut(
	target: Session,
	lanes: Lanes,
	kind: Kind,
	memoryBytes: number,
): Promise<void> {
	const { rows } = await target.query<Statement>(
		"SELECT position, statement FROM cutover.deferred WHERE kind = $1 ORDER BY position",
		[kind],
	);
	if (rows.length === 0) return;
	await Promise.all(
		lanes.sessions.map((session) => prepare(session, memoryBytes)),
	);
	await inLanes(lanes, rows, async (session, { position, statement }) => {
		const carry = () =>
			withTransaction(session, async () => {
				await session.query(statement);
				await session.query(
					"DELETE FROM cutover.deferred WHERE position = $1",
					[position],
				);
			});
		const patience = patienceFor[kind];
		await (patience === undefined
			? carry()
			: withPatience(session, { ...lanes.wait, patience }, carry));
	});
}

async function prepare(session: Session, memoryBytes: number): Promise<void> {
	// The lanes are the parallelism; helpers of their own would only be in each other's way. A crash of the server may take the
	// last indexes back, each with the record that it is there: they are made again. Without statistics a key of many rows
	// would be checked along two indexes, each row fetched from anywhere: hashing both sides reads them in order.
	await session.query(
		`SET maintenance_work_mem = '${Math.ceil(memoryBytes / 1024)}kB'; SET max_parallel_maintenance_workers = 0; SET synchronous_commit = off; SET enable_mergejoin = off; SET enable_nestloop = off`,
	);
}

/** About what a processor's core has to itself. Rows are hashed a third faster in pieces of this size than all at once. */
const cacheBytes = 4 * 2 ** 20;

/** What PostgreSQL 15 needs of a sort's memory for each sorted piece that it merges (`tuplesort_merge_order`). */
const mergedPieceBytes = 272 * 2 ** 10;

/** Sorted pieces that stay in the system's memory when they are written: merging them twice costs next to nothing. */
const keptBytes = 2 ** 30;

/**
 * Memory to sort keys in. Pieces that the cache holds are sorted fastest: a million addresses take a third less time in 8 MB
 * than in 32 MB, five million an eighth less in 4 MB than in 15. But where the pieces have to be read from the disk, there
 * may be no more than are merged at once.
 *
 * @param tableBytes size of the largest table's rows. No key takes more than half of that to sort.
 */
export function sortMemoryBytes(tableBytes: number): number {
	const keyBytes = tableBytes / 2;
	if (keyBytes <= keptBytes) return cacheBytes;
	return Math.ceil(Math.sqrt(keyBytes * mergedPieceBytes));
}

async function largestBytes(
	target: Session,
	tables: readonly string[],
): Promise<number> {
	const { rows } = await target.query<{ bytes: string | null }>(
		"SELECT max(pg_relation_size(to_regclass(name))) AS bytes FROM unnest($1::text[]) name",
		[tables.map(quoteTable)],
	);
	return Number(rows[0]?.bytes ?? 0);
}
