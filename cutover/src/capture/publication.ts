import { identifier, type Session, sqlState } from "../adapters/postgres.ts";
import { RefusedError, reasonOf } from "../errors.ts";
import {
	type CapturedTable,
	lookUpTables,
	obstacleOf,
	splitName,
	type TableFacts,
} from "./tables.ts";

/** Longest wait for the locks on the tables; they conflict with VACUUM and with changes of the schema, not with writes. */
const lockTimeoutMs = 10_000;

/** What a publication with the wanted name looks like now. */
interface Publication {
	readonly owner: string;
	readonly isOwned: boolean;
	readonly isOfAllTables: boolean;
	/** insert, update, delete, truncate: all of them, and nothing renamed. */
	readonly isComplete: boolean;
	/** `schema.name(columns)`, sorted; a filter counts as part of the columns. */
	readonly tables: readonly string[];
}

/**
 * Makes or adjusts the publication of exactly these tables: with their key column only on PostgreSQL 15 and later,
 * so that big values never travel; whole rows before that. Needs no rights when a matching one is there already.
 * Must come before the slot: the feed cannot be read from positions where the publication did not exist.
 *
 * @throws RefusedError naming what is missing, with the SQL for an owner to run; or the tables that cannot be captured.
 */
export async function ensurePublication(
	session: Session,
	name: string,
	tables: readonly CapturedTable[],
): Promise<"made" | "adjusted" | "unchanged"> {
	const facts = await lookUpTables(session, tables);
	const obstacles = facts.map(obstacleOf).filter((text) => text !== undefined);
	if (obstacles.length > 0) {
		throw new RefusedError(
			`changes of these tables cannot be followed: ${obstacles.join("; ")}`,
		);
	}
	const version = await serverVersion(session);
	const present = await readPublication(session, name, version);
	if (present !== undefined && isMatching(present, tables, version)) {
		return "unchanged";
	}
	if (present?.isOfAllTables === true) {
		throw new RefusedError(
			`the publication "${name}" is one of all tables and made by somebody else; choose another name`,
		);
	}
	const sql = publicationSql(name, tables, {
		isThere: present !== undefined,
		hasColumnLists: version >= columnLists,
	});
	const missing = await missingRights(session, name, facts, present);
	if (missing.length > 0) throw refusal(name, missing.join("; "), sql);
	await change(session, name, sql);
	return present === undefined ? "made" : "adjusted";
}

/** The statements that make or adjust the publication, for the owner of the tables. */
export function publicationSql(
	name: string,
	tables: readonly CapturedTable[],
	options: { readonly isThere: boolean; readonly hasColumnLists: boolean },
): readonly string[] {
	const list = tables
		.map(({ table, key }) => {
			const { schema, name: relation } = splitName(table);
			const columns = options.hasColumnLists ? ` (${identifier(key)})` : "";
			return `${identifier(schema)}.${identifier(relation)}${columns}`;
		})
		.join(", ");
	const publish =
		"publish = 'insert, update, delete, truncate', publish_via_partition_root = false";
	return options.isThere
		? [
				`ALTER PUBLICATION ${identifier(name)} SET TABLE ${list}`,
				`ALTER PUBLICATION ${identifier(name)} SET (${publish})`,
			]
		: [
				`CREATE PUBLICATION ${identifier(name)} FOR TABLE ${list} WITH (${publish})`,
			];
}

/** The first version whose publications can be limited to columns. */
const columnLists = 150_000;

async function serverVersion(session: Session): Promise<number> {
	const { rows } = await session.query<{ version: number }>(
		"SELECT current_setting('server_version_num')::int AS version",
	);
	return rows[0]?.version ?? 0;
}

async function readPublication(
	session: Session,
	name: string,
	version: number,
): Promise<Publication | undefined> {
	const { rows } = await session.query<{
		owner: string;
		owned: boolean;
		all: boolean;
		complete: boolean;
		tables: string[];
	}>(
		`SELECT pg_get_userbyid(p.pubowner)::text AS owner, pg_has_role(p.pubowner, 'USAGE') AS owned, p.puballtables AS all,
			p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AND NOT p.pubviaroot AS complete,
			ARRAY(SELECT ${
				version >= columnLists
					? "t.schemaname || '.' || t.tablename || '(' || array_to_string(t.attnames, ',') || ')' || coalesce(t.rowfilter, '')"
					: "t.schemaname || '.' || t.tablename"
			} FROM pg_publication_tables t WHERE t.pubname = p.pubname) AS tables
		FROM pg_publication p WHERE p.pubname = $1`,
		[name],
	);
	const row = rows[0];
	if (row === undefined) return undefined;
	return {
		owner: row.owner,
		isOwned: row.owned,
		isOfAllTables: row.all,
		isComplete: row.complete,
		tables: row.tables.toSorted(),
	};
}

function isMatching(
	present: Publication,
	tables: readonly CapturedTable[],
	version: number,
): boolean {
	const wanted = tables
		.map(({ table, key }) =>
			version >= columnLists ? `${table}(${key})` : table,
		)
		.toSorted();
	return (
		present.isComplete &&
		!present.isOfAllTables &&
		present.tables.join("\n") === wanted.join("\n")
	);
}

async function missingRights(
	session: Session,
	name: string,
	facts: readonly TableFacts[],
	present: Publication | undefined,
): Promise<readonly string[]> {
	const { rows } = await session.query<{
		role: string;
		database: string;
		may: boolean;
	}>(
		"SELECT current_user::text AS role, current_database()::text AS database, has_database_privilege(current_database(), 'CREATE') AS may",
	);
	const { role = "", database = "", may = false } = rows[0] ?? {};
	const missing = facts
		.filter(({ isOwned }) => !isOwned)
		.map(({ table, owner }) => `"${role}" is not ${owner}, who owns ${table}`);
	if (present !== undefined && !present.isOwned) {
		missing.push(
			`"${role}" is not ${present.owner}, who owns the publication "${name}"`,
		);
	}
	if (present === undefined && !may) {
		missing.push(`"${role}" lacks CREATE on the database "${database}"`);
	}
	return missing;
}

async function change(
	session: Session,
	name: string,
	sql: readonly string[],
): Promise<void> {
	await session.query("BEGIN READ WRITE");
	try {
		await session.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
		for (const statement of sql) await session.query(statement);
		await session.query("COMMIT");
	} catch (error) {
		await session.query("ROLLBACK").catch(() => undefined);
		const state = sqlState(error);
		if (state === "42501") throw refusal(name, reasonOf(error), sql, error);
		if (state === "55P03") {
			throw new RefusedError(
				`the publication "${name}" had no lock on its tables within ${lockTimeoutMs / 1000} s; wait for VACUUM or changes of the schema to end, then run this again`,
				{ cause: error },
			);
		}
		throw error;
	}
}

function refusal(
	name: string,
	missing: string,
	sql: readonly string[],
	cause?: unknown,
): RefusedError {
	return new RefusedError(
		`the publication "${name}" does not fit and cannot be changed: ${missing}; let an owner of the tables who may CREATE in this database, or a superuser, run:\n${sql.map((statement) => `${statement};`).join("\n")}`,
		cause === undefined ? undefined : { cause },
	);
}
