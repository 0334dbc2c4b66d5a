import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createTalk } from "../../cutover/src/console.ts";
import { findPostgresServer } from "../../rehearsal/engine/postgres.ts";
import {
	createPair,
	dropPair,
	startMigrationServer,
} from "../../test/integration/cutoverFixture.ts";
import {
	type FuzzResult,
	fuzzSettings,
} from "../../test/integration/cutoverFuzz.ts";
import { laterPostgres } from "../../test/integration/schema/laterPostgres.ts";
import { endOnSignal } from "../validate/interrupt.ts";

/**
 * Converts users whose settings are at their worst on two major versions of PostgreSQL, and compares every row by the
 * second implementation: no batch may abort and nothing may differ.
 */
const { values: options } = parseArgs({
	options: {
		users: { type: "string", default: "100000" },
		seed: { type: "string", default: "20261125" },
		"report-dir": { type: "string", default: "reports/bench" },
	},
});

const talk = createTalk(process.stderr);

async function main(): Promise<number> {
	const own = findPostgresServer();
	if (own === undefined) {
		talk.say(
			"expected PostgreSQL 15 or newer, found none; Debian, Ubuntu: apt-get install postgresql",
		);
		return 3;
	}
	const later = await laterPostgres();
	try {
		const results: Record<string, FuzzResult> = {};
		for (const binaries of [own.directory, later.folder]) {
			const [version, result] = await fuzzOn(binaries);
			results[version] = result;
			console.log(line(version, result));
		}
		await mkdir(options["report-dir"], { recursive: true });
		await writeFile(
			join(options["report-dir"], "settings.json"),
			`${JSON.stringify(results, undefined, 2)}\n`,
		);
		return Object.values(results).every(isSound) ? 0 : 1;
	} finally {
		await later.remove();
	}
}

async function fuzzOn(binaries: string): Promise<[string, FuzzResult]> {
	const server = await startMigrationServer({}, { binaries });
	const end = endOnSignal(() => server.stop());
	try {
		const [row] = await server.query<{ version: string }>(
			"postgres",
			"SELECT current_setting('server_version') AS version",
		);
		const version = row?.version ?? "unknown";
		talk.say(`PostgreSQL ${version}: ${options.users} users`);
		const pair = await createPair(server, { seed: "" });
		try {
			const users = Number(options.users);
			return [
				version,
				await fuzzSettings(server, pair, users, Number(options.seed)),
			];
		} finally {
			await dropPair(pair);
		}
	} finally {
		await end();
	}
}

function isSound(result: FuzzResult): boolean {
	return (
		result.differences.length === 0 &&
		result.loadedBatches === result.batches &&
		result.migratedUsers === result.users &&
		result.migratedSteps + result.quarantinedSteps === result.users
	);
}

function line(version: string, result: FuzzResult): string {
	const { users, batches, loadedBatches, migratedSteps } = result;
	return [
		`PostgreSQL ${version}: ${result.migratedUsers} of ${users} users migrated, ${batches - loadedBatches} of ${batches} batches aborted`,
		`  the same texts as configuration: ${migratedSteps} migrated, ${result.quarantinedSteps} in quarantine`,
		`  ${result.differences.length} differences between the two implementations; ${result.seconds.convert.toFixed(1)} s to convert, ${result.seconds.compare.toFixed(1)} s to compare`,
		...result.differences.slice(0, 20).map((one) => `  ${one}`),
	].join("\n");
}

process.exitCode = await main();
