import {
	connect,
	cut,
	endQuietly,
	type Session,
	withSession,
	withTransaction,
} from "../adapters/postgres.ts";
import { quoteTable } from "../conversion/sqlNames.ts";

/**
 * Takes indexes and foreign keys away, so that the load need not keep them, and writes down how to make them again.
 * Only where the tables are ours and still empty; elsewhere everything stays. Primary keys stay in any case.
 * To be called inside the transaction that records the plan.
 */
export async function deferIndexes(
	target: Session,
	tables: readonly string[],
): Promise<void> {
	const { rows } = await target.query<{
		kind: string;
		make: string;
		drop: string;
	}>(
		`WITH loaded AS (SELECT to_regclass(name)::oid AS oid FROM unnest($1::text[]) name)
		SELECT CASE contype WHEN 'f' THEN 'foreign key' ELSE 'unique' END AS kind,
			format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(c.oid)) AS make,
			format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop, 2 + (contype = 'f')::int AS place, conname AS name
		FROM pg_constraint c JOIN loaded ON loaded.oid = conrelid WHERE contype IN ('u', 'f')
		UNION ALL
		SELECT 'index', pg_get_indexdef(i.indexrelid), format('DROP INDEX %s', i.indexrelid::regclass), 1, i.indexrelid::regclass::text
		FROM pg_index i JOIN loaded ON loaded.oid = i.indrelid
		WHERE NOT i.indisprimary AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('u', 'p'))
		ORDER BY place, name`,
		[tables.map(quoteTable)],
	);
	// Foreign keys go first: they rest on the others.
	for (const row of rows.toReversed()) await target.query(row.drop);
	for (const [position, row] of rows.entries()) {
		await target.query(
			"INSERT INTO cutover.deferred (position, kind, statement) VALUES ($1, $2, $3)",
			[position, row.kind, row.make],
		);
	}
}

/** Whether all tables are ours, empty, and nobody's triggers wait for rows. */
export async function canDefer(
	target: Session,
	tables: readonly string[],
): Promise<boolean> {
	const { rows } = await target.query<{ owned: boolean }>(
		"SELECT bool_and(pg_has_role(current_user, relowner, 'USAGE')) AND NOT bool_or(EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)) AS owned FROM pg_class c WHERE c.oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) name)",
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
	url: string,
	workers: number,
	tables: readonly string[],
): Promise<void> {
	const queue = tables.map(quoteTable);
	const lane = async () => {
		await withSession(
			url,
			{ what: "target", applicationName: "cutover convert analyze" },
			async (session) => {
				for (let table = queue.shift(); table; table = queue.shift()) {
					await session.query(`ANALYZE ${table}`);
				}
			},
		);
	};
	await Promise.all(Array.from({ length: workers }, lane));
}

interface Statement {
	readonly position: number;
	readonly kind: string;
	readonly statement: string;
}

/**
 * Makes indexes, or foreign keys, again; each is recorded as it is done. Answers how many.
 * Foreign keys can wait until everything they rest on has arrived.
 */
export async function restoreIndexes(
	target: Session,
	url: string,
	what: "indexes" | "foreign keys",
	workers: number,
): Promise<number> {
	const kinds = what === "indexes" ? ["index", "unique"] : ["foreign key"];
	const { rows } = await target.query<Statement>(
		"SELECT position, kind, statement FROM cutover.deferred WHERE kind = ANY($1::text[]) ORDER BY position",
		[kinds],
	);
	// Plain indexes can be made side by side; constraints lock their tables and go one after the other.
	const plain = rows.filter((row) => row.kind === "index");
	const others = rows.filter((row) => row.kind !== "index");
	const lanes = Math.min(workers, plain.length);
	await Promise.all(Array.from({ length: lanes }, () => work(url, plain)));
	if (others.length > 0) await work(url, others);
	return rows.length;
}

async function work(url: string, queue: Statement[]): Promise<void> {
	const session = await connect(url, {
		what: "target",
		applicationName: "cutover convert indexes",
	});
	try {
		await session.query("SET maintenance_work_mem = '256MB'");
		for (let next = queue.shift(); next; next = queue.shift()) {
			const { position, statement } = next;
			await withTransaction(session, async () => {
				await session.query(statement);
				await session.query(
					"DELETE FROM cutover.deferred WHERE position = $1",
					[position],
				);
			});
		}
	} catch (error) {
		queue.length = 0;
		cut(session);
		throw error;
	} finally {
		await endQuietly(session);
	}
}
