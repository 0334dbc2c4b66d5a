import type { Session } from "../adapters/postgres.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { quoteTable } from "../conversion/sqlNames.ts";
import { RefusedError } from "../errors.ts";
import { targetTables } from "./entities.ts";

/**
 * Refuses a target whose tables would not take the rows as they are converted, where somebody else made them: triggers that
 * fill the same tables, policies that hide rows from the login, an encoding without all characters.
 *
 * @throws RefusedError naming all of them, each with what to do.
 */
export async function requireOpenTarget(
	target: Session,
	mapping: Mapping,
): Promise<void> {
	const tables = targetTables(mapping);
	const obstacles = [
		...(await fillingTriggers(target, tables)),
		...(await hidingPolicies(target, tables)),
		...(await narrowEncoding(target)),
	];
	if (obstacles.length === 0) return;
	throw new RefusedError(
		`the target would not take the rows: ${obstacles.join("; ")}; nothing was written`,
	);
}

/**
 * Triggers that insert into a table that is loaded too, such as the one that gives new users of Supabase Auth their profile.
 * Those that look for rows already there (ON CONFLICT), and those that write elsewhere, do no harm and stay.
 */
async function fillingTriggers(
	target: Session,
	tables: readonly string[],
): Promise<readonly string[]> {
	const { rows } = await target.query<{
		name: string;
		table: string;
		body: string;
	}>(
		`SELECT quote_ident(t.tgname) AS name, t.tgrelid::regclass::text AS table, p.prosrc AS body
		FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
		WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 4 = 4
			AND t.tgrelid IN (SELECT to_regclass(name) FROM unnest($1::text[]) name) ORDER BY 2, 1`,
		[tables.map(quoteTable)],
	);
	return rows.flatMap(({ name, table, body }) => {
		const filled = filledBy(body, tables);
		return filled === undefined
			? []
			: [
					`trigger ${name} on ${table} inserts into ${filled}, which is loaded too, and every user would collide: let its owner run ALTER TABLE ${table} DISABLE TRIGGER ${name} until the cutover, or make its function say ON CONFLICT DO NOTHING`,
				];
	});
}

/** The first of the tables that a function's text inserts into without minding rows already there. */
export function filledBy(
	body: string,
	tables: readonly string[],
): string | undefined {
	const code = body.replace(/--.*$/gm, "").replaceAll('"', "").toLowerCase();
	if (/\bon\s+conflict\b/.test(code)) return undefined;
	return tables.find((table) => {
		const [schema = "", name = ""] = table.toLowerCase().split(".");
		const into = [...code.matchAll(/\binsert\s+into\s+([\w$.]+)/g)];
		return into.some(
			([, found]) => found === `${schema}.${name}` || found === name,
		);
	});
}

async function hidingPolicies(
	target: Session,
	tables: readonly string[],
): Promise<readonly string[]> {
	const { rows } = await target.query<{ table: string; role: string }>(
		`SELECT name AS table, quote_ident(current_user) AS role FROM unnest($1::text[], $2::text[]) AS wanted(name, quoted)
		WHERE to_regclass(quoted) IS NOT NULL AND row_security_active(to_regclass(quoted)) ORDER BY 1`,
		[tables, tables.map(quoteTable)],
	);
	const [first] = rows;
	if (first === undefined) return [];
	return [
		`row-level security of ${rows.map(({ table }) => table).join(", ")} applies to the login ${first.role}, which would not see the rows: let an administrator run ALTER ROLE ${first.role} BYPASSRLS`,
	];
}

async function narrowEncoding(target: Session): Promise<readonly string[]> {
	const { rows } = await target.query<{ encoding: string }>(
		"SELECT current_setting('server_encoding') AS encoding",
	);
	const encoding = rows[0]?.encoding ?? "";
	return encoding === "UTF8"
		? []
		: [
				`expected the database's encoding UTF8, got ${encoding}: make the target anew with ENCODING 'UTF8'`,
			];
}
