import { createHash } from "node:crypto";
import type { Session } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";
import {
	type ConversionRules,
	ownTarget,
	type SourceTable,
	sourceTables,
} from "./entities.ts";
import type { Quarantine } from "./judge.ts";
import type { ConvertSettings } from "./settings.ts";

/** Ids that the target gives out itself. */
export interface Born {
	/** The first id of the target's own range. */
	readonly from: number;
	/** Ids below it that were given out before the load. */
	readonly ids: readonly number[];
}

/** What the target remembers of its load. */
export interface Conversion {
	readonly rules: ConversionRules;
	readonly source: string;
	readonly snapshotXmin: bigint;
	readonly born: Readonly<Partial<Record<SourceTable, Born>>>;
	readonly isLoaded: boolean;
}

/**
 * The load that the target remembers, or undefined before the first run.
 *
 * @throws RefusedError when it was made from another source or with other rules.
 */
export async function readConversion(
	target: Session,
	source: string,
	settings: ConvertSettings,
): Promise<Conversion | undefined> {
	const { rows } = await target.query<{
		started_at: Date;
		source: string;
		settings: Omit<ConversionRules, "startedAt">;
		xmin: string;
		born: Conversion["born"];
		loaded: boolean;
	}>(
		"SELECT started_at, source, settings, snapshot_xmin::text AS xmin, born, loaded_at IS NOT NULL AS loaded FROM cutover.conversion",
	);
	const row = rows[0];
	if (row === undefined) return undefined;
	if (row.source !== fingerprint(source)) {
		throw new RefusedError(
			"the target was loaded from another database than this source; use that source, or an empty target",
		);
	}
	for (const key of ["namespace", "timeZone", "duplicates"] as const) {
		if (row.settings[key] !== settings[key]) {
			throw new RefusedError(
				`the target was loaded with ${key} ${row.settings[key]}, not ${settings[key]}; keep the setting, or start with an empty target`,
			);
		}
	}
	return {
		rules: { ...row.settings, startedAt: row.started_at.toISOString() },
		source: row.source,
		snapshotXmin: BigInt(row.xmin),
		born: row.born,
		isLoaded: row.loaded,
	};
}

/** The name under which a source is remembered: which database of which server, without saying where it is. */
export function fingerprint(place: string): string {
	return createHash("sha256").update(place).digest("hex").slice(0, 16);
}

/** What is in the quarantine now. */
export async function readQuarantine(target: Session): Promise<Quarantine> {
	const { rows } = await target.query<{
		source_table: SourceTable;
		source_id: string;
		reason: string;
	}>("SELECT source_table, source_id, reason FROM cutover.quarantine");
	const all = emptyQuarantine();
	for (const row of rows) {
		all[row.source_table]?.set(Number(row.source_id), row.reason);
	}
	return all;
}

/** A quarantine with nobody in it. */
export function emptyQuarantine(): Record<SourceTable, Map<number, string>> {
	return {
		legacy_users: new Map(),
		workflows: new Map(),
		uploaded_files: new Map(),
		workflow_steps: new Map(),
	};
}

/** E-mail addresses of users whom the target has and the source does not. */
export async function readBornEmails(
	target: Session,
): Promise<readonly string[]> {
	const { rows } = await target.query<{ email: string }>(
		"SELECT u.email FROM auth.users u LEFT JOIN cutover.identity_map m ON m.user_id = u.id WHERE m.user_id IS NULL AND u.email IS NOT NULL AND NOT u.is_sso_user",
	);
	return rows.map((row) => row.email);
}

/** Ids given out by the target before the load, per table. */
export function bornIds(
	born: Conversion["born"],
): Readonly<Record<SourceTable, readonly number[]>> {
	return {
		legacy_users: [],
		workflows: born.workflows?.ids ?? [],
		uploaded_files: born.uploaded_files?.ids ?? [],
		workflow_steps: born.workflow_steps?.ids ?? [],
	};
}

/** SQL query for the ids that a source table has on the target, in quarantine or not. */
export function arrivedIdsSql(
	table: SourceTable,
	born: Conversion["born"],
): string {
	const kept = `SELECT source_id FROM cutover.quarantine WHERE source_table = '${table}'`;
	if (table === "legacy_users") {
		return `SELECT legacy_id AS id FROM cutover.identity_map UNION ALL ${kept}`;
	}
	return `SELECT id FROM ${ownTarget[table]} t WHERE ${isMigratedSql(table, born)} UNION ALL ${kept}`;
}

/** SQL condition over the target's rows (alias `t`): this one came from the source. */
export function isMigratedSql(
	table: Exclude<SourceTable, "legacy_users">,
	born: Conversion["born"],
): string {
	const { from, ids } = born[table] ?? { from: 0, ids: [] };
	const list = ids.length === 0 ? "" : ` AND t.id <> ALL('{${ids.join(",")}}')`;
	return `t.id < ${from}${list}`;
}

/** Every table of the source except the users'. */
export const ownedTables = sourceTables.filter(
	(table) => table !== "legacy_users",
);
