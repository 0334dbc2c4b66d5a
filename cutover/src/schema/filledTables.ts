import {
	type Session,
	sqlState,
	withTransaction,
} from "../adapters/postgres.ts";
import { type DescribedObject, madeBy } from "./description.ts";

/** Rows that are counted at most; whether there are more does not change anything. */
const countedRows = 1_000;

/** By this comment on `auth.users` the migration knows its own tables in `auth`. */
export const ownComment = "made by cutover schema apply";

/**
 * What keeps migrations from being undone: tables that they would drop and that hold rows, each with what to do. The
 * down parts look again, behind a lock.
 */
export async function obstacles(
	session: Session,
	steps: readonly string[],
): Promise<readonly string[]> {
	const ownsAuth = await isOwnAuth(session);
	const found: string[] = [];
	for (const step of steps) {
		for (const going of goingWith(step, ownsAuth)) {
			const obstacle = await lookInto(session, going);
			if (obstacle !== undefined) found.push(`${step}: ${obstacle}`);
		}
	}
	return found;
}

/** What goes when a migration is undone. */
export function goingWith(
	step: string,
	ownsAuth: boolean,
): readonly DescribedObject[] {
	return madeBy(step).filter(
		({ name, on }) =>
			ownsAuth || ![name, on].some((one) => one.startsWith("auth.")),
	);
}

/** Whether the tables of `auth` are there and were made by the migration; nobody else's are ever dropped. */
export async function isOwnAuth(session: Session): Promise<boolean> {
	const { rows } = await session.query<{ comment: string | null }>(
		"SELECT obj_description(to_regclass('auth.users'), 'pg_class') AS comment",
	);
	return rows[0]?.comment === ownComment;
}

async function lookInto(
	session: Session,
	going: DescribedObject,
): Promise<string | undefined> {
	const { kind, name } = going;
	if (kind === "function") return undefined;
	const table = kind === "table" ? name : going.on;
	const known = await session.query<{ there: boolean }>(
		"SELECT to_regclass($1) IS NOT NULL AND ($2::text IS NULL OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND quote_ident(attname) = $2 AND NOT attisdropped)) AS there",
		[table, kind === "column" ? name : null],
	);
	if (known.rows[0]?.there !== true) return undefined;
	try {
		const count = await countRows(session, table, conditionOf(going));
		if (count === 0) return undefined;
		return kind === "column"
			? filledText(table, count, `values in ${name} of `)
			: filledText(table, count);
	} catch (error) {
		if (sqlState(error) !== "42501") throw error;
		return `${table} cannot be looked into by this login, so it counts as filled; use the login that owns it, and where row-level security is forced on its owner: ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`;
	}
}

/** Which rows are in the way: those with a value in a column that goes; in the journal, not those of the rollback itself. */
function conditionOf({ kind, name }: DescribedObject): string {
	if (kind === "column") return `WHERE ${name} IS NOT NULL`;
	return name === "cutover.journal" ? "WHERE event <> 'schema rollback'" : "";
}

async function countRows(
	session: Session,
	table: string,
	where: string,
): Promise<number> {
	return await withTransaction(session, async () => {
		// Rows that a policy hides would look like none.
		await session.query("SET LOCAL row_security = off");
		const { rows } = await session.query<{ count: string }>(
			`SELECT count(*) FROM (SELECT FROM ${table} ${where} LIMIT ${countedRows + 1}) AS seen`,
		);
		return Number(rows[0]?.count ?? 0);
	});
}

function filledText(table: string, count: number, what = ""): string {
	const rows =
		count > countedRows
			? "more than 1,000 rows"
			: `${count} ${count === 1 ? "row" : "rows"}`;
	return `${table} holds ${what}${rows}; save them (pg_dump --data-only --table=${table}) and delete them, or leave the schema as it is`;
}
