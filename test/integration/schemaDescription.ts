/**
 * Writes what the migrations make of an empty database into `cutover/src/schema/description.generated.json`, as a real
 * server has it. Run after a change of the migrations: `npm run schema:describe`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
	listMigrations,
	runMigrations,
} from "../../cutover/src/adapters/migrations.ts";
import {
	type Session,
	withSession,
} from "../../cutover/src/adapters/postgres.ts";
import { readCatalog } from "../../cutover/src/schema/catalog.ts";
import {
	type Description,
	describeSteps,
	hashMigrations,
} from "../../cutover/src/schema/description.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

/** Describes the migrations by a fresh database of a server; its login is no superuser, as on RDS. */
export async function describeMigrations(
	server: TestServer,
): Promise<Description> {
	await server.query(
		"postgres",
		`DO $$ BEGIN
			IF to_regrole('describer') IS NULL THEN CREATE ROLE describer LOGIN CREATEROLE; END IF;
		END $$`,
	);
	await server.query("postgres", "DROP DATABASE IF EXISTS described");
	await server.query("postgres", "CREATE DATABASE described OWNER describer");
	return await withSession(
		server.url("described", "describer"),
		{ what: "target" },
		describeIn,
	);
}

async function describeIn(session: Session): Promise<Description> {
	const before = await readCatalog(session);
	const steps = [];
	for (const name of await listMigrations()) {
		await runMigrations(session, { direction: "up", count: 1 });
		steps.push({ name, after: (await readCatalog(session)).objects });
	}
	return {
		migrations: await hashMigrations(),
		// Roles belong to the server: another database of it may have made them.
		objects: describeSteps(
			before.objects.filter((object) => object.kind !== "role"),
			steps,
		),
	};
}

if (process.argv[1] === import.meta.filename) {
	const server = await startPostgres();
	try {
		writeFileSync(
			join(
				import.meta.dirname,
				"../../cutover/src/schema/description.generated.json",
			),
			`${JSON.stringify(await describeMigrations(server), null, "\t")}\n`,
		);
	} finally {
		await server.stop();
	}
}
