import type { Session } from "../../adapters/postgres.ts";
import { sourceTables } from "../../conversion/mapping.ts";
import { quoteTable } from "../../conversion/sqlNames.ts";
import type { ConversionRules } from "../../convert/entities.ts";
import { RefusedError } from "../../errors.ts";
import { fenceState } from "../../fence/fence.ts";
import { readFeed } from "../feed.ts";

/**
 * Refuses to write back while the legacy application can write too, while changes still travel the other way, or where
 * the login may not write.
 */
export async function requireOneWay(
	source: Session,
	target: Session,
	rules: ConversionRules,
	appRole: string,
): Promise<void> {
	const { isUp } = await fenceState(source, appRole);
	if (!isUp) {
		throw new RefusedError(
			`the fence is off: the legacy application ("${appRole}") can write, and both sides would change; run cutover fence on first, or leave the legacy tables alone`,
		);
	}
	if ((await readFeed(target, "forward")) !== undefined) {
		throw new RefusedError(
			"changes still travel from the source to the target; run cutover sync --stop first: one direction at a time",
		);
	}
	const { rows } = await source.query<{ name: string; missing: string }>(
		`SELECT name, string_agg(privilege, ', ') AS missing FROM unnest($1::text[], $2::text[]) AS wanted(name, quoted), unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) privilege
		WHERE NOT has_table_privilege(quoted, privilege) GROUP BY name
		UNION ALL SELECT pg_get_serial_sequence(quoted, key), 'USAGE, UPDATE' FROM unnest($2::text[], $3::text[]) AS k(quoted, key)
		WHERE pg_get_serial_sequence(quoted, key) IS NOT NULL AND NOT (has_sequence_privilege(pg_get_serial_sequence(quoted, key), 'USAGE') AND has_sequence_privilege(pg_get_serial_sequence(quoted, key), 'UPDATE'))`,
		[names(rules), names(rules).map(quoteTable), keys(rules)],
	);
	if (rows.length === 0) return;
	rows.sort((a, b) => a.name.localeCompare(b.name));
	const grants = rows.map(({ name, missing }) =>
		missing === "USAGE, UPDATE"
			? `GRANT USAGE, UPDATE ON SEQUENCE ${name} TO CURRENT_ROLE_NAME`
			: `GRANT ${missing} ON ${quoteTable(name)} TO CURRENT_ROLE_NAME`,
	);
	const { rows: who } = await source.query<{ role: string }>(
		"SELECT quote_ident(current_user) AS role",
	);
	throw new RefusedError(
		`the login may not write to the legacy tables; let their owner run: ${grants.join("; ").replaceAll("CURRENT_ROLE_NAME", who[0]?.role ?? "")}`,
	);
}

const names = ({ mapping }: ConversionRules): readonly string[] =>
	sourceTables(mapping);

const keys = ({ mapping }: ConversionRules): readonly string[] => [
	mapping.users.id,
	...mapping.tables.map((one) => one.id),
];
