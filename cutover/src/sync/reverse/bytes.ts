import { join } from "node:path";
import { openStore } from "../../adapters/objects.ts";
import type { Session } from "../../adapters/postgres.ts";
import type { Talk } from "../../console.ts";
import { pathProblem } from "../../conversion/files.ts";
import { quoteTable } from "../../conversion/sqlNames.ts";
import type { ConversionRules } from "../../convert/entities.ts";
import { hasId, idsOf } from "../../convert/ids.ts";
import { RefusedError } from "../../errors.ts";
import type { SyncSettings } from "../settings.ts";
import type { Dirty } from "./dirty.ts";

/** Brings the bytes of files that came on the target back into the legacy folder; answers how many. */
export async function bytesBack(
	target: Session,
	{ filesSource, filesTarget }: SyncSettings,
	{ mapping }: ConversionRules,
	dirty: Dirty,
	talk: Talk,
): Promise<number> {
	const table = mapping.tables.find((one) => one.file);
	const ids = table === undefined ? new Set() : idsOf(dirty.rows, table.source);
	if (table === undefined || ids.size === 0) return 0;
	const { rows } = await target.query<{ key: string; size: string | null }>(
		`SELECT storage_key AS key, size_bytes::text AS size FROM ${quoteTable(table.target)} WHERE ${hasId("id", idsOf(dirty.rows, table.source))}`,
	);
	if (rows.length === 0) return 0;
	if (filesSource === undefined || filesTarget === undefined) {
		talk.say(
			`the bytes of ${rows.length} files stay on the target: name both folders with --files-source and --files-target to bring them back`,
		);
		return 0;
	}
	const store = await openStore(filesTarget);
	try {
		for (const { key, size } of rows) {
			const problem = pathProblem(key);
			if (problem !== undefined)
				throw new RefusedError(`file ${key}: ${problem}`);
			const arrived = await store.get(key, join(filesSource, key));
			if (size !== null && arrived !== Number(size)) {
				throw new RefusedError(
					`file ${key}: expected ${size} bytes, got ${arrived}; run again`,
				);
			}
		}
		return rows.length;
	} finally {
		store.close();
	}
}
