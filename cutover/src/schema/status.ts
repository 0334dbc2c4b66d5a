import { z } from "zod";
import { listMigrations } from "../adapters/migrations.ts";
import { withSession } from "../adapters/postgres.ts";
import { databaseUrl } from "../databaseUrl.ts";
import { combineOutcomes, type Result } from "../outcome.ts";
import { readMigrations } from "./knownMigrations.ts";

/** Options of `schema status`. */
export const schemaStatusSettings = z.object({ target: databaseUrl });

/** Says which migrations are applied to the target and which are missing. Changes nothing. */
export async function schemaStatus(
	settings: z.infer<typeof schemaStatusSettings>,
): Promise<Result> {
	const startedAt = performance.now();
	const wanted = await listMigrations();
	const { applied, missing, unknown } = await withSession(
		settings.target,
		{ what: "target", readOnly: true },
		readMigrations,
	);
	const checks = [
		{
			name: "schema",
			outcome: missing.length + unknown.length === 0 ? "passed" : "failed",
			expected: `${wanted.length} migrations applied`,
			actual: `${wanted.length - missing.length} applied`,
			details: [
				...missing.map((name) => `missing: ${name}`),
				...unknown.map((name) => `unknown, made by a newer program: ${name}`),
			],
			seconds: (performance.now() - startedAt) / 1000,
		} as const,
	];
	return {
		outcome: combineOutcomes(checks),
		checks,
		next:
			unknown.length > 0
				? "The target's schema is newer than this program; next: use the version of cutover that made it"
				: missing.length === 0
					? "The target's schema is up to date; next: cutover convert"
					: "The target's schema is not up to date; next: cutover schema apply",
		facts: { applied, missing, unknown },
	};
}
