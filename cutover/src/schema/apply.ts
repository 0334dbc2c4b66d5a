import { z } from "zod";
import {
	appliedMigrations,
	removeMigrationsTable,
	runMigrations,
} from "../adapters/migrations.ts";
import type { SecretStore } from "../adapters/secrets.ts";
import { withPatience } from "../adapters/tableLocks.ts";
import type { Talk } from "../console.ts";
import { databaseUrl } from "../databaseUrl.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { keepAppRole } from "./appRole.ts";
import { readMigrations, requireKnown } from "./knownMigrations.ts";
import {
	defaultPatience,
	type Patience,
	tablesFor,
	takeSchemaLock,
} from "./lock.ts";
import { withTarget } from "./target.ts";

/** Options of `schema apply`. */
export const applySchemaSettings = z.object({
	target: databaseUrl,
	/** Login role of the application, made and granted here. Default: none. */
	appRole: z.string().optional(),
	/** Secret that receives the application's connection URL. Needed with `appRole`. */
	appSecretId: z.string().optional(),
	/** Says what would be applied and changes nothing. Default: false. */
	dryRun: z.boolean().optional(),
});

/**
 * Brings the target's schema up to date and keeps the application's role. Changes nothing when all is in place; what is
 * missing is applied in one transaction. A table that others use makes it wait, not them.
 *
 * @throws RefusedError when the target's schema is newer than this program, or tables stay in use.
 */
export async function applySchema(
	settings: z.infer<typeof applySchemaSettings>,
	secrets: SecretStore,
	talk: Talk,
	signal: AbortSignal = new AbortController().signal,
	patience: Patience = defaultPatience,
): Promise<Result> {
	const what = { url: settings.target, name: "cutover schema apply" };
	return await withTarget({ ...what, signal }, async (session) => {
		const startedAt = performance.now();
		const before = await readMigrations(session);
		requireKnown(before);
		if (settings.dryRun === true) return planned(before.missing, startedAt);
		await takeSchemaLock(session, patience, talk, signal);
		// Only behind the lock is it sure what is missing: another run may have been at it.
		const behind = await readMigrations(session);
		requireKnown(behind);
		let applied: readonly string[] = [];
		if (behind.missing.length > 0) {
			try {
				applied = await withPatience(
					session,
					tablesFor(patience, talk, signal),
					() => runMigrations(session, { direction: "up" }),
				);
			} catch (error) {
				// The library makes its own table before the transaction: a first run that fails leaves nothing.
				if (behind.applied.length === 0) await removeEmptyTable(session);
				throw error;
			}
		}
		for (const name of applied) talk.say(`applied ${name}`);
		const checks: Check[] = [
			{
				name: "schema",
				outcome: "passed",
				expected: "every migration applied",
				actual:
					applied.length === 0
						? "already up to date, nothing changed"
						: `applied ${applied.join(", ")}`,
				seconds: (performance.now() - startedAt) / 1000,
			},
		];
		if (settings.appRole !== undefined) {
			checks.push(
				await keepAppRole(
					{
						session,
						target: settings.target,
						role: settings.appRole,
						secretId: settings.appSecretId,
					},
					secrets,
				),
			);
		}
		return {
			outcome: combineOutcomes(checks),
			checks,
			next: "The target's schema is up to date; next: cutover convert",
			facts: { applied },
		};
	});
}

function planned(missing: readonly string[], startedAt: number): Result {
	return {
		outcome: "passed",
		checks: [
			{
				name: "schema",
				outcome: "passed",
				expected: "an answer",
				actual:
					missing.length === 0
						? "already up to date, nothing to apply"
						: `would apply ${missing.join(", ")}`,
				seconds: (performance.now() - startedAt) / 1000,
			},
		],
		next:
			missing.length === 0
				? "Nothing to do: the target's schema is up to date; next: cutover convert"
				: "Dry run, nothing was changed; next: cutover schema apply",
		facts: { wouldApply: missing },
	};
}

/** The first error wins: what cannot be tidied up stays, and the next run finds it. */
async function removeEmptyTable(
	session: Parameters<typeof removeMigrationsTable>[0],
): Promise<void> {
	try {
		if ((await appliedMigrations(session)).length === 0) {
			await removeMigrationsTable(session);
		}
	} catch {
		return;
	}
}
