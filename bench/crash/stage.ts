import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentTalk } from "../../cutover/src/console.ts";
import { convert } from "../../cutover/src/convert/run.ts";
import { loadSchema } from "../../cutover/src/convert/settings.ts";
import { applySchema } from "../../cutover/src/schema/apply.ts";
import { seedLegacy } from "../../rehearsal/seed/seedLegacy.ts";
import {
	noSecrets,
	startMigrationServer,
} from "../../test/integration/cutoverFixture.ts";
import type { TestServer } from "../../test/integration/postgres.ts";
import { startWriteLoad } from "../../test/integration/writeLoad.ts";
import { bundleProgram } from "./program.ts";

/** A target database of one case. */
export interface Target {
	readonly server: TestServer;
	readonly name: string;
	readonly url: string;
	/** For uploads and reports. */
	readonly folder: string;
}

/** Two servers, a legacy system on one of them, and the command line. */
export interface Stage {
	readonly source: TestServer;
	readonly target: TestServer;
	readonly folder: string;
	/** The bundled command line. */
	readonly program: string;
	readonly sourceUrl: string;
	readonly users: number;
	/** A fresh target: with an empty schema, or with the whole legacy system loaded. */
	newTarget(kind: TargetKind, place?: TargetPlace): Promise<Target>;
	dropTarget(target: Target): Promise<void>;
	/** What the command line is told by environment. */
	environment(target: Target): Readonly<Record<string, string>>;
	/** Writes so many transactions of every kind to the legacy system. */
	write(transactions: number): Promise<void>;
	/** URL of the legacy application. */
	readonly applicationUrl: string;
	/** A target converted from the source as it is now, by a run that nobody disturbs. */
	reference(): Promise<Target>;
}

export type TargetKind = "empty" | "loaded";

/** Where a target is made, when not on the stage's own server. */
export interface TargetPlace {
	readonly server?: TestServer;
	readonly tablespace?: string;
}

export interface StageOptions {
	readonly users: number;
	readonly batchRows: number;
	readonly workers: number;
	readonly seed: number;
}

/** PostgreSQL's programs, the same that the servers are started with. */
const binaries = process.env.PG_BIN ?? "/usr/lib/postgresql/15/bin";

const sourceName = "legacy";
/** Both servers can be followed, and none keeps its log without end. */
export const serverSettings = {
	wal_level: "logical",
	max_slot_wal_keep_size: "1GB",
};

/** Sets the stage, hands it to the work and clears everything away. */
export async function withStage<T>(
	options: StageOptions,
	work: (stage: Stage) => Promise<T>,
): Promise<T> {
	const { stage, close } = await openStage(options);
	try {
		return await work(stage);
	} finally {
		await close();
	}
}

/** Sets the stage; whoever asked for it closes it. */
export async function openStage(options: StageOptions): Promise<{
	readonly stage: Stage;
	close(): Promise<void>;
}> {
	const folder = await mkdtemp(join(tmpdir(), "cutover-crash-"));
	await chmod(folder, 0o711);
	const servers: TestServer[] = [];
	const close = async () => {
		await Promise.all(servers.map((server) => server.stop()));
		await rm(folder, { recursive: true, force: true });
	};
	try {
		const source = await startMigrationServer(serverSettings);
		servers.push(source);
		const target = await startMigrationServer(serverSettings);
		servers.push(target);
		return { stage: await setStage(source, target, folder, options), close };
	} catch (error) {
		await close();
		throw error;
	}
}

async function setStage(
	source: TestServer,
	target: TestServer,
	folder: string,
	options: StageOptions,
): Promise<Stage> {
	const program = await bundleProgram(join(folder, "program"));
	const uploads = join(folder, "uploads");
	const applicationUrl = source.url(sourceName, "legacy_app", "legacy");
	const sourceUrl = source.url(sourceName, "cutover", "cutover");
	await source.query(
		"postgres",
		`CREATE DATABASE ${sourceName} OWNER legacy_app`,
	);
	await seedLegacy({
		databaseUrl: applicationUrl,
		uploadsDirectory: uploads,
		users: options.users,
	});
	// The write load deletes users, and leaves their files behind.
	await source.query(
		sourceName,
		"ALTER TABLE uploaded_files DROP CONSTRAINT uploaded_files_user_id_fkey",
	);
	// What following asks for where it may not do it itself.
	await source.query(
		"postgres",
		`ALTER ROLE cutover REPLICATION; GRANT legacy_app TO cutover; GRANT CREATE ON DATABASE ${sourceName} TO cutover`,
	);
	await target.query("postgres", "ALTER ROLE master REPLICATION");
	let made = 0;
	let bursts = 0;
	const onServer = (name: string, server = target): Target => ({
		server,
		name,
		url: server.url(name, "master", "master"),
		folder: join(folder, name),
	});
	const convertQuietly = async (to: Target) => {
		await convert(
			loadSchema.parse({
				source: sourceUrl,
				target: to.url,
				filesSource: uploads,
				filesTarget: join(to.folder, "uploads"),
			}),
			silentTalk,
			new AbortController().signal,
		);
	};
	const makeEmpty = async (server: TestServer) => {
		const empty = onServer("template_empty", server);
		await server.query(
			"postgres",
			`CREATE DATABASE ${empty.name} OWNER master`,
		);
		await applySchema({ target: empty.url }, noSecrets, silentTalk);
	};
	const newTarget: Stage["newTarget"] = async (kind, place = {}) => {
		made += 1;
		const { server = target, tablespace } = place;
		const fresh = onServer(`target_${made}`, server);
		const [known] = await server.query<{ there: boolean }>(
			"postgres",
			"SELECT count(*) = 1 AS there FROM pg_database WHERE datname = 'template_empty'",
		);
		if (known?.there !== true) await makeEmpty(server);
		await mkdir(fresh.folder, { recursive: true });
		// Copied through the log, sequences would go back in a crash (PostgreSQL 15 takes their values for logged).
		await server.query(
			"postgres",
			`CREATE DATABASE ${fresh.name} TEMPLATE template_${kind} STRATEGY file_copy OWNER master${tablespace === undefined ? "" : ` TABLESPACE ${tablespace}`}`,
		);
		return fresh;
	};
	const loaded = onServer("template_loaded");
	await makeEmpty(target);
	await target.query(
		"postgres",
		`CREATE DATABASE ${loaded.name} TEMPLATE template_empty OWNER master`,
	);
	await mkdir(loaded.folder);
	await convertQuietly(loaded);
	return {
		source,
		target,
		folder,
		program,
		sourceUrl,
		applicationUrl,
		users: options.users,
		newTarget,
		async dropTarget(gone) {
			await gone.server.query(
				"postgres",
				`DROP DATABASE IF EXISTS ${gone.name} WITH (FORCE)`,
			);
			await rm(gone.folder, { recursive: true, force: true });
		},
		environment: (to) => ({
			SOURCE_DATABASE_URL: sourceUrl,
			TARGET_DATABASE_URL: to.url,
			FILES_SOURCE: uploads,
			FILES_TARGET: join(to.folder, "uploads"),
			CUTOVER_REPORT_DIR: join(to.folder, "reports"),
			CUTOVER_BATCH_ROWS: String(options.batchRows),
			CUTOVER_WORKERS: String(options.workers),
			CUTOVER_POLL_MS: "20",
			DATABASE_URL: to.server.url(to.name),
			BACKUP_DIR: join(to.folder, "backups"),
			BACKUP_UPLOADS: uploads,
			PG_BIN: binaries,
		}),
		async write(transactions) {
			bursts += 1;
			const load = startWriteLoad(
				applicationUrl,
				options.seed * 7_919 + bursts,
			);
			while (load.committed() < transactions && load.isWriting()) {
				await new Promise((resolve) => setTimeout(resolve, 5));
			}
			const committed = await load.stop();
			if (committed < transactions) {
				throw new Error(
					`the legacy application wrote ${committed} of ${transactions} transactions: something refuses them`,
				);
			}
		},
		async reference() {
			const fresh = await newTarget("empty");
			await convertQuietly(fresh);
			return fresh;
		},
	};
}
