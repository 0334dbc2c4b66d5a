import { z } from "zod";
import { NotAvailableError } from "../../cutover/src/errors.ts";
import type { Outcome } from "../../cutover/src/outcome.ts";
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
import { says } from "../arguments.ts";
import { type Bench, runBench, saveReport, withEnd } from "../program.ts";

const options = z.strictObject({
	users: z.coerce
		.number()
		.int()
		.min(1)
		.default(100_000)
		.meta(says("users on each of the two")),
	seed: z.coerce
		.number()
		.int()
		.default(20261125)
		.meta(says("the same number makes the same settings")),
	into: z
		.string()
		.default("reports/bench")
		.meta(says("folder for settings.json", "DIR")),
});

type Options = z.output<typeof options>;

async function measure(bench: Bench<Options>): Promise<Outcome> {
	const own = findPostgresServer();
	if (own === undefined)
		throw new NotAvailableError(
			"expected PostgreSQL 15 or newer, found none; Debian, Ubuntu: apt-get install postgresql",
		);
	const later = await laterPostgres();
	try {
		const results: Record<string, FuzzResult> = {};
		for (const binaries of [own.directory, later.folder]) {
			const [version, result] = await fuzzOn(binaries, bench);
			results[version] = result;
			console.log(line(version, result));
		}
		await saveReport(bench.options.into, "settings", results);
		return Object.values(results).every(isSound) ? "passed" : "failed";
	} finally {
		await later.remove();
	}
}

async function fuzzOn(
	binaries: string,
	{ options: { users, seed }, signal, say }: Bench<Options>,
): Promise<[string, FuzzResult]> {
	const server = await startMigrationServer({}, { binaries });
	return await withEnd(
		signal,
		() => server.stop(),
		async () => {
			const [row] = await server.query<{ version: string }>(
				"postgres",
				"SELECT current_setting('server_version') AS version",
			);
			const version = row?.version ?? "unknown";
			say(`PostgreSQL ${version}: ${users} users`);
			const pair = await createPair(server, { seed: "" });
			try {
				return [version, await fuzzSettings(server, pair, users, seed)];
			} finally {
				await dropPair(pair);
			}
		},
	);
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

process.exitCode = await runBench({
	name: "settings",
	about: `Converts users whose settings are at their worst on two major versions of PostgreSQL, and compares every row by the
second implementation: no batch may abort and nothing may differ.`,
	options,
	measure,
});
