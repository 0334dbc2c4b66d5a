import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Session } from "../adapters/postgres.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { quoteTable, quoteText } from "../conversion/sqlNames.ts";
import { RefusedError } from "../errors.ts";
import type { ConversionRules } from "./entities.ts";
import { tableOf } from "./sourceRows.ts";

/** Ids that the target gives out itself. */
export interface Born {
	/** The first id of the target's own range. */
	readonly from: number;
	/** Ids below it that were given out before the load. */
	readonly ids: readonly number[];
}

/** Per table of the source, except the users'. */
export type AllBorn = Readonly<Record<string, Born>>;

/** What the target remembers of its load. */
export interface Conversion {
	readonly rules: ConversionRules;
	readonly source: string;
	readonly snapshotXmin: bigint;
	readonly born: AllBorn;
	readonly isLoaded: boolean;
}

/** What a run is asked to do, as far as it must be the same in every run. */
export type WantedRules = Omit<ConversionRules, "startedAt">;

/**
 * The load that the target remembers, or undefined before the first run.
 *
 * @throws RefusedError when it was made from another source or with other rules, or when its plan was edited.
 */
export async function readConversion(
	target: Session,
	source: string,
	wanted: WantedRules,
): Promise<Conversion | undefined> {
	const found = await readRecorded(target);
	if (found === undefined) return undefined;
	if (found.source !== fingerprint(source)) {
		throw new RefusedError(
			"the target was loaded from another database than this source; use that source, or an empty target",
		);
	}
	for (const key of ["namespace", "timeZone", "duplicates"] as const) {
		if (found.rules[key] !== wanted[key]) {
			throw new RefusedError(
				`the target was loaded with ${key} ${found.rules[key]}, not ${wanted[key]}; keep the setting, or start with an empty target`,
			);
		}
	}
	if (!isDeepStrictEqual(found.rules.mapping, wanted.mapping)) {
		throw new RefusedError(
			"the target was loaded with another mapping; keep that one, or start with an empty target",
		);
	}
	await requirePlan(target);
	return found;
}

/** The load as recorded, without asking whether it is the one that is wanted. */
export async function readRecorded(
	target: Session,
): Promise<Conversion | undefined> {
	const { rows } = await target.query<{
		started_at: Date;
		source: string;
		settings: WantedRules;
		xmin: string;
		born: AllBorn;
		loaded: boolean;
	}>(
		"SELECT started_at, source, settings, snapshot_xmin::text AS xmin, born, loaded_at IS NOT NULL AS loaded FROM cutover.conversion",
	);
	const row = rows[0];
	return (
		row && {
			rules: { ...row.settings, startedAt: row.started_at.toISOString() },
			source: row.source,
			snapshotXmin: BigInt(row.xmin),
			born: row.born,
			isLoaded: row.loaded,
		}
	);
}

/** SQL expression for the hash of the planned ranges. */
export const planHashSql =
	"(SELECT md5(string_agg(concat_ws(':', source_table, from_id, to_id), ',' ORDER BY source_table, from_id)) FROM cutover.checkpoint)";

async function requirePlan(target: Session): Promise<void> {
	const { rows } = await target.query<{ same: boolean }>(
		`SELECT plan_hash IS NOT DISTINCT FROM ${planHashSql} AS same FROM cutover.conversion`,
	);
	if (rows[0]?.same === true) return;
	throw new RefusedError(
		"the ranges in cutover.checkpoint are not the ones that were planned: somebody edited them; nothing was written; restore the table, or start with an empty target",
	);
}

/** The name under which a source is remembered: which database of which server, without saying where it is. */
export function fingerprint(place: string): string {
	return createHash("sha256").update(place).digest("hex").slice(0, 16);
}

/** Ids of what is in the quarantine now, in ascending order, per table of the source. */
export async function quarantinedIds(
	target: Session,
): Promise<ReadonlyMap<string, readonly number[]>> {
	// As one text for each table: a row for every id would take many times the room of the ids.
	const { rows } = await target.query<{ table: string; ids: number[] }>(
		"SELECT source_table AS table, json_agg(source_id ORDER BY source_id) AS ids FROM cutover.quarantine GROUP BY source_table",
	);
	return new Map(rows.map(({ table, ids }) => [table, ids]));
}

/** E-mail addresses of users whom the target has and the source does not; of these addresses, or of all. */
export async function readBornEmails(
	target: Session,
	among?: readonly string[],
): Promise<readonly string[]> {
	const { rows } = await target.query<{ email: string }>(
		`SELECT u.email FROM auth.users u LEFT JOIN cutover.identity_map m ON m.user_id = u.id WHERE m.user_id IS NULL AND u.email IS NOT NULL AND NOT u.is_sso_user${among === undefined ? "" : " AND u.email = ANY($1::text[])"}`,
		among === undefined ? [] : [among],
	);
	return rows.map((row) => row.email);
}

/** Ids given out by the target before the load, per table. */
export function bornIds(born: AllBorn): ReadonlyMap<string, readonly number[]> {
	return new Map(Object.entries(born).map(([table, { ids }]) => [table, ids]));
}

/** SQL query for the ids (`id`) that a source table has on the target, outside the quarantine. */
export function migratedIdsSql(
	table: string,
	mapping: Mapping,
	born: AllBorn,
): string {
	if (table === mapping.users.source) {
		return "SELECT legacy_id AS id FROM cutover.identity_map";
	}
	const target = quoteTable(tableOf(table, mapping).target);
	return `SELECT t.id FROM ${target} t WHERE ${isMigratedSql(table, born)}`;
}

/** SQL query for the ids that a source table has on the target, in quarantine or not. */
export function arrivedIdsSql(
	table: string,
	mapping: Mapping,
	born: AllBorn,
): string {
	return `${migratedIdsSql(table, mapping, born)} UNION ALL SELECT source_id FROM cutover.quarantine WHERE source_table = ${quoteText(table)}`;
}

/** SQL condition over the target's rows (alias `t`): this one came from the source. */
export function isMigratedSql(table: string, born: AllBorn): string {
	const { from, ids } = born[table] ?? { from: 0, ids: [] };
	const list = ids.length === 0 ? "" : ` AND t.id <> ALL('{${ids.join(",")}}')`;
	return `t.id < ${from}${list}`;
}
