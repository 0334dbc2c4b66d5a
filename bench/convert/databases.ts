import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { silentTalk } from "../../cutover/src/console.ts";
import { applySchema } from "../../cutover/src/schema/apply.ts";
import { withClient } from "../../rehearsal/engine/client.ts";
import { usualSeed } from "../../rehearsal/seed/counts.ts";
import { legacyRows } from "../../rehearsal/seed/rows.ts";
import { legacyTables } from "../../rehearsal/seed/schema.ts";
import type { Server } from "./server.ts";
import { supabaseTables } from "./supabaseTables.ts";

/** Whose tables the conversion fills: its own (indexes may wait), or those of Supabase Auth (they stay). */
export type Variant = "own" | "supabase";

/** Name of the target database, which is made anew for every run. */
export const targetDatabase = "trusted_login";

/** Makes the legacy database with its users; the seed gives the same rows on every machine. */
export async function seedSource(
	source: Server,
	database: string,
	users: number,
): Promise<void> {
	await source.query(`CREATE DATABASE ${database}`);
	await withClient(source.url(database), async (client) => {
		await client.query(legacyTables);
		const [rows] = legacyRows(users, usualSeed);
		if (rows === undefined) throw new Error("the seed makes no users");
		await pipeline(
			Readable.from(rows.lines()),
			client.query(copyFrom(`COPY ${rows.target} FROM STDIN`)),
		);
		await client.query(
			"SELECT setval('legacy_users_id_seq', (SELECT max(id) FROM legacy_users))",
		);
		// Whoever reads a row first would otherwise have to mark it as committed.
		await client.query("VACUUM (FREEZE, ANALYZE)");
	});
}

/** Roles as a migration has them: one that may read the source, one that owns the target. */
export async function createRoles(
	source: Server,
	target: Server,
): Promise<void> {
	await source.query(
		"CREATE ROLE cutover LOGIN; GRANT pg_read_all_data TO cutover",
	);
	await target.query("CREATE ROLE master LOGIN CREATEROLE CREATEDB");
}

/** Makes an empty target database with the schema of the new system; what stood there before is gone. */
export async function createTarget(
	target: Server,
	variant: Variant,
): Promise<void> {
	await dropTarget(target);
	await target.query(`CREATE DATABASE ${targetDatabase} OWNER master`);
	if (variant === "supabase") {
		await target.query(supabaseTables, targetDatabase);
	}
	await applySchema(
		{ target: target.url(targetDatabase, "master") },
		{
			read: async () => undefined,
			write: async () => {
				throw new Error("no secret is expected to be written");
			},
		},
		silentTalk,
	);
}

export async function dropTarget(target: Server): Promise<void> {
	await target.query(`DROP DATABASE IF EXISTS ${targetDatabase} WITH (FORCE)`);
}
