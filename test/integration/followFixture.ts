import assert from "node:assert/strict";
import { join } from "node:path";
import { silentTalk } from "../../cutover/src/console.ts";
import { fence } from "../../cutover/src/fence/run.ts";
import { finalSync } from "../../cutover/src/finalSync/run.ts";
import {
	type FinalSyncSettings,
	finalSyncSchema,
} from "../../cutover/src/finalSync/settings.ts";
import type { Check, Result } from "../../cutover/src/outcome.ts";
import { sync } from "../../cutover/src/sync/run.ts";
import {
	type SyncSettings,
	syncSchema,
} from "../../cutover/src/sync/settings.ts";
import { validate } from "../../cutover/src/validate/run.ts";
import { validateSchema } from "../../cutover/src/validate/settings.ts";
import {
	createPair,
	dropPair,
	type Pair,
	startMigrationServer,
	startVerb,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

const never = new AbortController().signal;

/** A server whose changes can be followed, with the rights that following asks for. */
export async function startFollowedServer(): Promise<TestServer> {
	const server = await startMigrationServer({
		wal_level: "logical",
		max_slot_wal_keep_size: "1GB",
	});
	await server.query(
		"postgres",
		"ALTER ROLE cutover REPLICATION; ALTER ROLE master REPLICATION",
	);
	return server;
}

/** One pair of databases, and the verbs that move rows between them. */
export interface Following {
	readonly pair: Pair;
	/** As the legacy application signs in. */
	readonly applicationUrl: string;
	onSource<T extends Record<string, unknown>>(sql: string): Promise<T[]>;
	onTarget<T extends Record<string, unknown>>(sql: string): Promise<T[]>;
	sync(options?: Partial<SyncSettings>, signal?: AbortSignal): Promise<Result>;
	catchUp(options?: Partial<SyncSettings>): Promise<Result>;
	/** Makes the target live; fails when that does not pass. */
	cutOver(options?: Partial<FinalSyncSettings>): Promise<Result>;
	fence(wanted: "on" | "off"): Promise<Result>;
	/** Checks of a validation that did not pass. */
	mismatches(): Promise<readonly Check[]>;
	slots(): Promise<readonly unknown[]>;
	/** Starts a verb, again and again, each time killed after a while; fails when it ends by itself. */
	killAgainAndAgain(argv: readonly string[], times: number): Promise<void>;
	/** Removes slots and folders. */
	drop(options?: Partial<SyncSettings>): Promise<void>;
}

/** Makes a fresh pair on such a server. */
export async function createFollowing(
	server: TestServer,
	options: Parameters<typeof createPair>[1] = {},
): Promise<Following> {
	const pair = await createPair(server, options);
	await server.query(
		"postgres",
		`GRANT legacy_app TO cutover; GRANT CREATE ON DATABASE ${pair.sourceName} TO cutover`,
	);
	const reportDir = join(pair.folder, "reports");
	const run: Following["sync"] = async (more = {}, signal = never) =>
		await sync({ ...syncSchema.parse(pair), ...more }, silentTalk, signal);
	return {
		pair,
		applicationUrl: server.url(pair.sourceName, "legacy_app", "legacy"),
		onSource: (sql) => server.query(pair.sourceName, sql),
		onTarget: (sql) => server.query(pair.targetName, sql),
		sync: run,
		catchUp: (more) => run({ untilCaughtUp: true, ...more }),
		async cutOver(more = {}) {
			const done = await finalSync(
				{ ...finalSyncSchema.parse({ ...pair, reportDir }), ...more },
				silentTalk,
				never,
			);
			const failed = done.checks.filter(({ outcome }) => outcome === "failed");
			assert.deepEqual(failed, []);
			assert.equal(done.outcome, "passed", done.next);
			return done;
		},
		fence: (wanted) =>
			fence(wanted, {
				source: pair.source,
				target: pair.target,
				appRole: "legacy_app",
			}),
		async mismatches() {
			const { checks } = await validate(
				validateSchema.parse({ ...pair, reportDir }),
			);
			return checks.filter(
				({ outcome, required }) => outcome !== "passed" && required !== false,
			);
		},
		slots: () =>
			server.query(
				"postgres",
				`SELECT slot_name FROM pg_replication_slots WHERE database IN ('${pair.sourceName}', '${pair.targetName}')`,
			),
		async killAgainAndAgain(argv, times) {
			for (let round = 0; round < times; round += 1) {
				const running = startVerb(pair, ...argv);
				await new Promise((resolve) =>
					setTimeout(resolve, 1_500 + 400 * round),
				);
				assert.ok(running.isRunning(), running.said());
				running.kill();
				await running.ended;
			}
		},
		async drop(more) {
			try {
				await run({ ...more, stop: true });
				await run({ ...more, stop: true, reverse: true });
			} finally {
				await dropPair(pair);
			}
		},
	};
}
