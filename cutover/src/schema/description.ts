import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
	listMigrations,
	migrationsFolder,
	migrationsTable,
	splitMigration,
} from "../adapters/migrations.ts";
import { type CatalogObject, keyOf } from "./catalog.ts";
import generated from "./description.generated.json" with { type: "json" };

/** One thing that the migrations make. */
export interface DescribedObject extends CatalogObject {
	/** The migration that makes it, for example `3_public`. */
	readonly madeBy: string;
}

/** What the migrations make of an empty database, as a real server has it in its catalogs. */
export interface Description {
	/** sha256 of the up part by migration: tells whether the description is of these files. */
	readonly migrations: Readonly<Record<string, string>>;
	readonly objects: readonly DescribedObject[];
}

/** How the description is made anew; part of what a stale one says. */
export const describeCommand = "npm run schema:describe";

/** The committed description of the migrations. */
export const description = generated as unknown as Description;

/** The hashes that a description of the present files carries. */
export async function hashMigrations(): Promise<Record<string, string>> {
	const hashes: Record<string, string> = {};
	for (const name of await listMigrations()) {
		const file = join(migrationsFolder(), `${name}.sql`);
		const [up = ""] = splitMigration(await readFile(file, "utf8"));
		hashes[name] = createHash("sha256").update(up).digest("hex");
	}
	return hashes;
}

/**
 * What a database is made of after each migration, turned into what the migrations make.
 *
 * @param before what an empty database has.
 * @param steps in the order of applying.
 */
export function describeSteps(
	before: readonly CatalogObject[],
	steps: readonly {
		readonly name: string;
		readonly after: readonly CatalogObject[];
	}[],
): readonly DescribedObject[] {
	const known = new Set(before.map(keyOf));
	return (steps.at(-1)?.after ?? [])
		.filter((object) => !known.has(keyOf(object)))
		.map((object) => {
			const key = keyOf(object);
			const first = steps.find(({ after }) =>
				after.some((other) => keyOf(other) === key),
			);
			return { ...object, madeBy: first?.name ?? "" };
		});
}

/**
 * What goes when a migration is undone: tables, functions, and columns that it added to tables of others. Everything else
 * goes with one of these.
 */
export function madeBy(name: string): readonly DescribedObject[] {
	const ownTable = `${migrationsTable.schema}.${migrationsTable.name}`;
	const made = description.objects.filter((object) => object.madeBy === name);
	const keys = new Set(made.map(keyOf));
	return made.filter(
		({ kind, name, of }) =>
			(kind === "table" && name !== ownTable) ||
			kind === "function" ||
			(kind === "column" && !keys.has(of)),
	);
}
