import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { reasonOf } from "../errors.ts";
import type { Session } from "./postgres.ts";

/** Schema and table in which the applied migrations are recorded. */
export const migrationsTable = { schema: "cutover", name: "migrations" };

/** The folder of the migration files: beside the bundle, or in the package. */
export function migrationsFolder(): string {
	const places = ["./migrations/", "../migrations/", "../../migrations/"];
	for (const place of places) {
		const folder = fileURLToPath(new URL(place, import.meta.url));
		if (existsSync(folder)) return folder;
	}
	throw new Error(
		"the folder with the migration files is missing: expected migrations/ beside the program or one folder above",
	);
}

/** Names of all migrations, in the order in which they are applied. */
export async function listMigrations(): Promise<readonly string[]> {
	const files = await readdir(migrationsFolder());
	return files
		.filter((file) => file.endsWith(".sql"))
		.map((file) => file.slice(0, -".sql".length))
		.sort(
			(one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10),
		);
}

/** Applies what is missing, all of it in one transaction; answers the names of what was applied. */
export async function runMigrations(
	session: Session,
	direction: "up" | "down",
	count?: number,
): Promise<readonly string[]> {
	const { runner } = await import("node-pg-migrate");
	const complaints: string[] = [];
	const keep = (message: string) => {
		complaints.push(message);
	};
	try {
		const done = await runner({
			dbClient: session,
			dir: migrationsFolder(),
			direction,
			...(count === undefined ? {} : { count }),
			migrationsTable: migrationsTable.name,
			migrationsSchema: migrationsTable.schema,
			createMigrationsSchema: true,
			singleTransaction: true,
			// Another machine may be at it: its result is ours too.
			advisoryLockMode: "wait",
			logger: { info: () => undefined, warn: () => undefined, error: keep },
		});
		return done.map((migration) => migration.name);
	} catch (error) {
		throw new Error(
			`the schema could not be changed: ${reasonOf(error)}; nothing was changed`,
			{ cause: error },
		);
	}
}
