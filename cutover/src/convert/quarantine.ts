import { type DrawnRows, drawRows, pourRows } from "../adapters/copy.ts";
import { cut, type Session } from "../adapters/postgres.ts";
import { normalizeEmailSql } from "../conversion/email.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { quoteName, quoteTable, quoteText } from "../conversion/sqlNames.ts";
import type { ConversionRules } from "./entities.ts";
import { hasId } from "./ids.ts";
import type { Reasons } from "./judge.ts";
import { sourceRows } from "./sourceRows.ts";

/** Rows named in one statement: their reasons are in memory several times over until it is sent. */
const pageRows = 10_000;

/**
 * Keeps the rows in the target's quarantine, whole and with the reason. To be called inside transactions on both sides. While
 * the target takes the rows of one source session, the next ones get theirs together; all look at the same moment.
 */
export async function writeQuarantine(
	sources: readonly Session[],
	target: Session,
	table: string,
	reasons: Reasons,
	{ mapping }: Pick<ConversionRules, "mapping">,
): Promise<void> {
	const { users, tables } = mapping;
	const key = `t.${quoteName(tables.find((one) => one.source === table)?.id ?? users.id)}`;
	// A user's address, so that whoever shares it is found again.
	const address =
		table === users.source
			? normalizeEmailSql(`t.${quoteName(users.email)}::text`)
			: "NULL::text";
	const pages = pagesOf(reasons);
	const drawn: DrawnRows[] = [];
	const draw = async (source: Session) => {
		const { value: page } = pages.next();
		if (page === undefined) return;
		const ids = page.map(({ id }) => id);
		// First, since it may have to wait for the table: whoever tries again then finds the source as it was.
		await target.query(
			"DELETE FROM cutover.quarantine WHERE source_table = $1 AND source_id = ANY($2::bigint[])",
			[table, ids],
		);
		drawn.push(
			drawRows(
				source,
				`SELECT ${quoteText(table)}::text, ${key}::bigint, q.reason, to_jsonb(t), ${address}
				FROM ${quoteTable(table)} t JOIN json_to_recordset(${quoteText(JSON.stringify(page))}) AS q(id bigint, reason text) ON q.id = ${key} WHERE ${hasId(key, ids)}`,
			),
		);
	};
	try {
		for (const source of sources) await draw(source);
		for (let next = drawn[0]; next; next = drawn[0]) {
			await pourRows(
				next,
				target,
				"cutover.quarantine (source_table, source_id, reason, source_row, address)",
			);
			drawn.shift();
			await draw(next.source);
		}
	} finally {
		// Only after a failure is anything left.
		for (const { source } of drawn) cut(source);
	}
}

type Page = readonly { readonly id: number; readonly reason: string }[];

function* pagesOf(reasons: Reasons): Generator<Page, undefined> {
	let page: { readonly id: number; readonly reason: string }[] = [];
	for (const [id, reason] of reasons) {
		page.push({ id, reason });
		if (page.length < pageRows) continue;
		yield page;
		page = [];
	}
	if (page.length > 0) yield page;
	return undefined;
}

/** A user whose creation time is not known, and what stands in for it. */
export interface Repaired {
	readonly id: string;
	readonly what: string;
}

/** The users whose creation time has to be filled in, of those rows that meet the condition over alias `t`. */
export async function readRepaired(
	source: Session,
	{ mapping }: Pick<ConversionRules, "mapping">,
	where = "true",
): Promise<readonly Repaired[]> {
	const { rows } = await source.query<Repaired>(
		`SELECT t.id::text AS id, CASE WHEN t.last_login IS NULL THEN 'created_at was null: start of the first run used' ELSE 'created_at was null: last_login used' END AS what FROM ${sourceRows(mapping.users.source, mapping)} WHERE t.created_at IS NULL AND ${where}`,
	);
	return rows;
}

/** Lists those of them who migrate. */
export async function writeRepaired(
	target: Session,
	repaired: readonly Repaired[],
	quarantined: Reasons,
	{ mapping }: Pick<ConversionRules, "mapping">,
): Promise<void> {
	const rows = repaired.filter(({ id }) => !quarantined.has(Number(id)));
	if (rows.length === 0) return;
	await target.query(
		"INSERT INTO cutover.repaired (source_table, source_id, what) SELECT $3, id, what FROM unnest($1::bigint[], $2::text[]) AS r(id, what) ON CONFLICT (source_table, source_id) DO UPDATE SET what = excluded.what",
		[
			rows.map((row) => row.id),
			rows.map((row) => row.what),
			mapping.users.source,
		],
	);
}

/** Takes from that list whoever left the source, or has to stay behind, before the load came to them. */
export async function forgetUnmigrated(
	target: Session,
	{ users }: Mapping,
): Promise<void> {
	await target.query(
		"DELETE FROM cutover.repaired r WHERE source_table = $1 AND NOT EXISTS (SELECT FROM cutover.identity_map m WHERE m.legacy_id = r.source_id)",
		[users.source],
	);
}
