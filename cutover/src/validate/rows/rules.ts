import type { Session } from "../../adapters/postgres.ts";
import { type Mapping, mappingSchema } from "../../conversion/mapping.ts";
import { trustedLogin } from "../../conversion/trustedLogin.ts";
import { RefusedError } from "../../errors.ts";
import type { Wire } from "./wire.ts";

/** What the target's rows were made with. */
export interface RowRules {
	readonly namespace: string;
	readonly timeZone: string;
	/** Start of the first run, as the target prints it. */
	readonly startedAt: Wire;
	readonly mapping: Mapping;
	/** Every transaction of the source below this one has been carried over. */
	readonly snapshotXmin: bigint;
	/** UUIDs of users who were born on the target and carried back to the source, by their legacy id there. */
	readonly otherUuids: ReadonlyMap<string, Wire>;
	/** Per table of the source: ids that the target gives out itself. */
	readonly born: Readonly<
		Record<string, { readonly from: number; readonly ids: readonly number[] }>
	>;
}

/**
 * Reads what the load was recorded with; the session's time zone must be UTC.
 *
 * @throws RefusedError before the load is done.
 */
export async function readRules(target: Session): Promise<RowRules> {
	const { rows } = await target.query<{
		started_at: string;
		settings: {
			readonly namespace: string;
			readonly timeZone: string;
			readonly mapping?: unknown;
		};
		xmin: string;
		born: RowRules["born"];
		loaded: boolean;
	}>(
		"SELECT started_at::text AS started_at, settings, snapshot_xmin::text AS xmin, born, loaded_at IS NOT NULL AS loaded FROM cutover.conversion",
	);
	const row = rows[0];
	if (row?.loaded !== true) {
		throw new RefusedError(
			"the target is not loaded yet; run: cutover convert",
		);
	}
	const { namespace, timeZone, mapping } = row.settings;
	return {
		namespace,
		timeZone,
		startedAt: row.started_at,
		mapping:
			mapping === undefined ? trustedLogin : mappingSchema.parse(mapping),
		snapshotXmin: BigInt(row.xmin),
		otherUuids: await readOtherUuids(target),
		born: row.born,
	};
}

/** Only a target that was live can have such users; theirs are not of version 3. */
async function readOtherUuids(
	target: Session,
): Promise<ReadonlyMap<string, Wire>> {
	const { rows } = await target.query<{ id: string; uuid: string }>(
		`SELECT legacy_id::text AS id, user_id::text AS uuid FROM cutover.identity_map
		WHERE EXISTS (SELECT FROM cutover.journal WHERE event = 'live') AND substr(user_id::text, 15, 1) <> '3'`,
	);
	return new Map(rows.map(({ id, uuid }) => [id, uuid]));
}
