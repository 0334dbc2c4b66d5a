import { type Session, withTransaction } from "../adapters/postgres.ts";
import { catalogQueries, wanted } from "./catalogQueries.ts";

/** Kinds of things a schema is made of, in the order in which differences are named. */
export const kinds = [
	"schema",
	"role",
	"membership",
	"table",
	"column",
	"sequence",
	"index",
	"constraint",
	"policy",
	"trigger",
	"function",
	"grant",
] as const;

export type Kind = (typeof kinds)[number];

/** Schemas that are looked at. */
export const describedSchemas = ["auth", "public", "cutover"] as const;

/** Roles that the application acts as. */
export const applicationRoles = [
	"anon",
	"authenticated",
	"service_role",
] as const;

/** One thing in the server's catalogs, as text that two servers can be compared by. */
export interface CatalogObject {
	readonly kind: Kind;
	/** Quoted as SQL needs it; with its schema where it is named by schema. */
	readonly name: string;
	/** What it is on, as SQL names it: the table of a column, the object of a grant. Empty: nothing. */
	readonly on: string;
	/** Key (`keyOf`) of what it is a part of. Empty: of nothing. */
	readonly of: string;
	/** Its properties, for example `{ type: "uuid", nullable: "no" }`; left out where they are the usual ones. */
	readonly is: Readonly<Record<string, string>>;
}

/** What a database is made of, as far as the migrations have a say in it. */
export interface Catalog {
	readonly objects: readonly CatalogObject[];
	/** Supabase Auth made the tables of `auth` and looks after them. */
	readonly isSupabase: boolean;
	/** For example "15.18". */
	readonly serverVersion: string;
}

/** The one name of a thing, as people read it: `column public.profiles.username`. */
export function keyOf(
	object: Pick<CatalogObject, "kind" | "name" | "on">,
): string {
	const { kind, name, on } = object;
	if (on === "") return `${kind} ${name}`;
	if (kind === "column") return `column ${on}.${name}`;
	if (kind === "grant") return `grant on ${on} to ${name}`;
	if (kind === "membership") return `membership of ${name} in ${on}`;
	return `${kind} ${name} on ${on}`;
}

/** Keys of everything that a thing goes away with. */
export function parentsOf(object: CatalogObject): readonly string[] {
	const { kind, name, of } = object;
	const role =
		kind === "membership" || (kind === "grant" && name !== "PUBLIC")
			? [`role ${name}`]
			: [];
	return [...role, ...(of === "" ? [] : [of])];
}

/**
 * Reads the catalogs in one moment, without touching any table's rows or locks. Names come with their schemas whatever
 * the login's search path is, and what belongs to an extension is left out.
 *
 * @param appRole login role of the application whose memberships are read too.
 */
export async function readCatalog(
	session: Session,
	appRole?: string,
): Promise<Catalog> {
	return await withTransaction(session, async () => {
		await session.query(
			"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
		);
		await session.query("SET LOCAL search_path = ''");
		const objects: CatalogObject[] = [];
		for (const kind of kinds) {
			const { rows } = await session.query<Omit<CatalogObject, "kind">>(
				`${wanted} ${catalogQueries[kind]} ORDER BY 2, 1`,
				[describedSchemas, applicationRoles, appRole ?? null],
			);
			objects.push(...rows.map((row) => ({ kind, ...row })));
		}
		const { rows } = await session.query<{
			supabase: boolean;
			version: string;
		}>(
			"SELECT to_regclass('auth.schema_migrations') IS NOT NULL AS supabase, split_part(current_setting('server_version'), ' ', 1) AS version",
		);
		return {
			objects,
			isSupabase: rows[0]?.supabase === true,
			serverVersion: rows[0]?.version ?? "",
		};
	});
}
