import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { withClient } from "../engine/client.ts";
import { type ExpectedCounts, expectedCounts, usualSeed } from "./counts.ts";
import { filesOf } from "./files.ts";
import { legacyRows } from "./rows.ts";
import { legacyConstraints, legacyTables } from "./schema.ts";

export interface SeedOptions {
	/** Of the role that is to own the tables; the database must not hold them yet. */
	readonly databaseUrl: string;
	readonly uploadsDirectory: string;
	readonly users: number;
	readonly seed?: number;
	readonly onProgress?: (message: string) => void;
}

/**
 * Makes the tables of the legacy system and fills them, in one transaction, and writes the uploaded files.
 * Answers what a migration of it has to arrive at. Fails when the tables exist already.
 */
export async function seedLegacy(
	options: SeedOptions,
): Promise<ExpectedCounts> {
	const { users, seed = usualSeed, onProgress = () => {} } = options;
	await withClient(options.databaseUrl, async (client) => {
		await client.query("begin");
		await client.query(legacyTables);
		for (const { target, lines } of legacyRows(users, seed)) {
			onProgress(`filling ${target.replace(/ .*/, "")}`);
			await pipeline(
				Readable.from(lines()),
				client.query(copyFrom(`copy ${target} from stdin`)),
			);
		}
		onProgress("building indexes and foreign keys");
		await client.query(legacyConstraints);
		await writeFiles(options.uploadsDirectory, users, seed);
		await client.query("commit");
		await client.query(
			"analyze legacy_users, workflows, workflow_steps, uploaded_files",
		);
	});
	onProgress(`${users} users seeded`);
	return expectedCounts(users, seed);
}

async function writeFiles(
	folder: string,
	users: number,
	seed: number,
): Promise<void> {
	await mkdir(folder, { recursive: true });
	for (const { storedPath, bytes } of filesOf(seed, users)) {
		if (!bytes) continue;
		const path = join(folder, storedPath);
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, bytes);
	}
}
