import { z } from "zod";
import { listMigrations, migrationsTable } from "../adapters/migrations.ts";
import { withSession } from "../adapters/postgres.ts";
import { databaseUrl } from "../databaseUrl.ts";
import { combineOutcomes, type Result } from "../outcome.ts";

/** Options of `schema status`. */
export const schemaStatusSettings = z.object({ target: databaseUrl });

/** Says which migrations are applied to the target and which are missing. Changes nothing. */
export async function schemaStatus(
	settings: z.infer<typeof schemaStatusSettings>,
): Promise<Result> {
	const startedAt = performance.now();
	const wanted = await listMigrations();
	const applied = await withSession(
		settings.target,
		{ what: "target", readOnly: true },
		async (session) => {
			const table = `${migrationsTable.schema}.${migrationsTable.name}`;
			const known = await session.query<{ there: boolean }>(
				"SELECT to_regclass($1) IS NOT NULL AS there",
				[table],
			);
			if (known.rows[0]?.there !== true) return [];
			const { rows } = await session.query<{ name: string }>(
				`SELECT name FROM ${table} ORDER BY id`,
			);
			return rows.map((row) => row.name);
		},
	);
	const missing = wanted.filter((name) => !applied.includes(name));
	const checks = [
		{
			name: "schema",
			outcome: missing.length === 0 ? "passed" : "failed",
			expected: `${wanted.length} migrations applied`,
			actual: `${wanted.length - missing.length} applied`,
			details: missing.map((name) => `missing: ${name}`),
			seconds: (performance.now() - startedAt) / 1000,
		} as const,
	];
	return {
		outcome: combineOutcomes(checks),
		checks,
		next:
			missing.length === 0
				? "The target's schema is up to date; next: cutover convert"
				: "The target's schema is not up to date; next: cutover schema apply",
		facts: { applied, missing },
	};
}
