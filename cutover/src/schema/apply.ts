import { z } from "zod";
import { runMigrations } from "../adapters/migrations.ts";
import { withSession } from "../adapters/postgres.ts";
import type { SecretStore } from "../adapters/secrets.ts";
import type { Talk } from "../console.ts";
import { databaseUrl } from "../databaseUrl.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { keepAppRole } from "./appRole.ts";

/** Options of `schema apply`. */
export const applySchemaSettings = z.object({
	target: databaseUrl,
	/** Login role of the application, made and granted here. Default: none. */
	appRole: z.string().optional(),
	/** Secret that receives the application's connection URL. Needed with `appRole`. */
	appSecretId: z.string().optional(),
});

/** Brings the target's schema up to date and keeps the application's role. Changes nothing when all is in place. */
export async function applySchema(
	settings: z.infer<typeof applySchemaSettings>,
	secrets: SecretStore,
	talk: Talk,
): Promise<Result> {
	return await withSession(
		settings.target,
		{ what: "target", applicationName: "cutover schema apply" },
		async (session) => {
			const checks: Check[] = [];
			const startedAt = performance.now();
			const applied = await runMigrations(session, "up");
			for (const name of applied) talk.say(`applied ${name}`);
			checks.push({
				name: "schema",
				outcome: "passed",
				expected: "every migration applied",
				actual:
					applied.length === 0
						? "already up to date, nothing changed"
						: `applied ${applied.join(", ")}`,
				seconds: (performance.now() - startedAt) / 1000,
			});
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
		},
	);
}
