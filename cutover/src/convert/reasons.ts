import { isValidEmailSql, normalizeEmailSql } from "../conversion/email.ts";
import { pathProblemSql } from "../conversion/files.ts";
import { columnsOf, type Mapping, maxLength } from "../conversion/mapping.ts";
import { hasKnownHashSql } from "../conversion/passwordHash.ts";
import { quoteText } from "../conversion/sqlNames.ts";
import type { ConversionRules } from "./entities.ts";
import { isAmong } from "./ids.ts";
import { sourceRows, tableOf, valueName } from "./sourceRows.ts";

/** Queries for rows that have to stay behind: each answers `id` and `reason`. */

/** What can be said of rows by looking at each alone; JSON and bytes are looked at elsewhere. */
export function ownReasonsSql(
	table: string,
	where: string,
	{ mapping }: Pick<ConversionRules, "mapping">,
): string {
	const rows = sourceRows(table, mapping);
	return table === mapping.users.source
		? judgedSql(
				userReasons,
				`(SELECT t.*, ${normalizeEmailSql("t.email")} AS address FROM ${rows} WHERE ${where} OFFSET 0) t`,
				"true",
			)
		: judgedSql(tableReasons(table, mapping), rows, where);
}

/**
 * Users who share an address with another one, all of them or all but the last signed in, as the rules say.
 *
 * @param where condition over alias `t` for those that are looked at.
 */
export function duplicatesSql(rules: ConversionRules, where: string): string {
	const { mapping, duplicates } = rules;
	const { source } = mapping.users;
	const isKeeping = duplicates === "keep-last-signed-in";
	const address = normalizeEmailSql("t.email");
	const reason = isKeeping
		? `${quoteText(`duplicate e-mail: ${source} `)} || winner || ' signed in last'`
		: "'duplicate e-mail'";
	// One sort and no join: on tables without statistics the planner would pair every user with every shared address.
	return `WITH ranked AS (SELECT t.id, count(*) OVER (PARTITION BY ${address}) AS sharers, first_value(t.id) OVER (PARTITION BY ${address} ORDER BY t.last_login DESC NULLS LAST, t.id) AS winner FROM ${sourceRows(source, mapping)} WHERE ${where})
		SELECT id, ${reason} AS reason FROM ranked WHERE sharers > 1 AND ${isKeeping ? "id <> winner" : "true"}`;
}

/**
 * Users whose address has a hash that another's has too: most of them because they share one. Hashes take an eighth of the
 * addresses' room, and cost a third of sorting them.
 */
export function sharersSql(mapping: Mapping): string {
	const rows = sourceRows(mapping.users.source, mapping);
	return `SELECT unnest(array_agg(t.id)) AS id FROM ${rows} WHERE t.email IS NOT NULL GROUP BY hashtextextended(${normalizeEmailSql("t.email")}, 0) HAVING count(*) > 1`;
}

/** Rows whose owner is not there, or is among those that stay behind. */
export function ownerReasonsSql(
	table: string,
	{ mapping }: Pick<ConversionRules, "mapping">,
	ownersAway: Iterable<number>,
	where = "true",
): string {
	const { of } = tableOf(table, mapping).owner;
	const word = of === mapping.users.source ? "owner" : "parent";
	const away = isAmong("t.owner", ownersAway);
	const owners = sourceRows(of, mapping).replace(/ t$/, " o");
	return `SELECT t.id, CASE WHEN o.id IS NULL THEN ${quoteText(`${word} missing: ${of} `)} || coalesce(t.owner::text, 'null') ELSE ${quoteText(`${word} quarantined: ${of} `)} || t.owner END AS reason FROM ${sourceRows(table, mapping)} LEFT JOIN ${owners} ON o.id = t.owner WHERE (o.id IS NULL OR ${away}) AND ${where}`;
}

function judgedSql(
	reasons: readonly string[],
	rows: string,
	where: string,
): string {
	return `SELECT id, reason FROM (SELECT t.id, CASE ${reasons.join(" ")} END AS reason FROM ${rows} WHERE ${where}) judged WHERE reason IS NOT NULL`;
}

const userReasons = [
	"WHEN coalesce(t.address, '') = '' THEN 'invalid e-mail: missing'",
	tooLong("t.email", "email", 255),
	`WHEN NOT (${isValidEmailSql("t.address")}) THEN 'invalid e-mail'`,
	tooLong("t.password_hash", "password_hash", 255),
	`WHEN t.password_hash IS NULL OR NOT ${hasKnownHashSql("t.password_hash")} THEN 'unknown password hash format'`,
	tooLong("t.username", "username", 255),
	infinite("t.created_at", "created_at"),
	infinite("t.last_login", "last_login"),
];

function tableReasons(
	table: string,
	mapping: ConversionRules["mapping"],
): readonly string[] {
	const found = tableOf(table, mapping);
	const path = pathProblemSql("t.path");
	return [
		"WHEN false THEN NULL",
		...(found.file ? [`WHEN ${path} IS NOT NULL THEN ${path}`] : []),
		...columnsOf(found).flatMap(({ to, from, as }) => {
			const value = `t.${valueName(to)}`;
			const limit = maxLength(as);
			if (limit !== undefined) return [tooLong(`${value}::text`, from, limit)];
			return as === "time" ? [infinite(value, from)] : [];
		}),
	];
}

/** Bytes are known, characters have to be counted: only what has many bytes is. */
function tooLong(value: string, column: string, limit: number): string {
	return `WHEN octet_length(${value}) > ${limit} AND length(${value}) > ${limit} THEN ${quoteText(`value too long: ${column}`)}`;
}

function infinite(value: string, column: string): string {
	return `WHEN NOT isfinite(${value}) THEN ${quoteText(`time is infinite: ${column}`)}`;
}
