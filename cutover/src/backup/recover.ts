import { createReadStream } from "node:fs";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
	giveTo,
	type LocalServer,
	makeServerFolder,
	startLocalServer,
} from "../adapters/localServer.ts";
import type { Installation } from "../adapters/postgresTools.ts";
import { type Account, runTool } from "../adapters/tools.ts";
import type { Talk } from "../console.ts";
import { RefusedError, reasonOf } from "../errors.ts";
import { toolFailure } from "./failures.ts";
import type { Hold } from "./hold.ts";
import type { DatabaseFacts, Manifest } from "./manifest.ts";
import { createSealer, openSealed } from "./seal.ts";
import {
	gunzipped,
	openWal,
	partialSegment,
	readWalIndex,
} from "./walArchive.ts";
import { chainFrom, lsnText, parseLsn } from "./walNames.ts";

/** A base backup on its way to a moment. */
export interface Recovery {
	/** The folder that backups go into, and the backup. */
	readonly into: string;
	readonly folder: string;
	readonly manifest: Manifest;
	readonly identities: readonly string[];
	/** A time (ISO 8601), a position, or `latest`. */
	readonly to: string;
	/** Does not exist, is empty, or was left by an earlier try. */
	readonly dataDir: string;
	/** Short path; for the socket and the decrypted log. */
	readonly workFolder: string;
	/** The server's programs, of the very major version. */
	readonly tools: Installation;
	readonly account: Account | undefined;
	readonly hold: Hold;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/** A recovered server that still runs, for looking at it. */
export interface Recovered {
	readonly server: LocalServer;
	/** When the last transaction that was restored was committed, as the server told; undefined when there was none. */
	readonly lastTransactionAt: Date | undefined;
	/** Where the log ended that was at hand. */
	readonly logEnd: string;
}

/** Written into a data folder until its recovery is done: a folder with it may be emptied. */
const unfinishedFile = "cutover.recovery_unfinished";

/** Recovery replays as fast as it can; after this long something is wrong. */
const recoveryTimeoutMs = 6 * 3_600_000;

/** Unpacks a base backup, replays the log up to the wanted moment and lets the server become writable. */
export async function recover(recovery: Recovery): Promise<Recovered> {
	const facts = recovery.manifest.database;
	const base = facts?.base;
	if (facts === undefined || base === undefined) {
		throw new RefusedError(
			`${recovery.manifest.name} holds no base backup, so it cannot be restored to a moment; name an incremental one ("cutover backup list")`,
		);
	}
	requireReachable(recovery.to, facts);
	await prepareDataDir(recovery);
	await unpackBase(recovery);
	const walFolder = join(recovery.workFolder, "wal");
	const logEnd = await unpackWal(recovery, base, walFolder);
	await completeDataDir(recovery);
	const server = await startLocalServer({
		directory: recovery.tools.directory,
		dataDir: recovery.dataDir,
		folder: join(recovery.workFolder, "run"),
		account: recovery.account,
		user: facts.superuser ?? "postgres",
		settings: recoverySettings(recovery, walFolder),
		readyTimeoutMs: recoveryTimeoutMs,
		signal: recovery.signal,
		onLog: (line) => recovery.talk.progress(`recovery: ${line}`),
	}).catch((error: unknown) => {
		recovery.signal.throwIfAborted();
		throw new RefusedError(
			`recovery to ${recovery.to} did not succeed (the log at hand reaches ${logEnd}): ${reasonOf(error)}`,
			{ cause: error },
		);
	});
	await rm(walFolder, { recursive: true, force: true });
	await rm(join(recovery.dataDir, unfinishedFile), { force: true });
	return {
		server,
		logEnd,
		lastTransactionAt: lastTransaction(await server.log()),
	};
}

/** "last completed transaction was at log time 2026-08-01 02:15:00.123456+00" */
export function lastTransaction(log: string): Date | undefined {
	const [, day, time, zone] =
		/last completed transaction was at log time (\S+) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d(?::\d\d)?)/.exec(
			log,
		) ?? [];
	if (day === undefined || time === undefined || zone === undefined) {
		return undefined;
	}
	const at = new Date(
		`${day}T${time}${zone.length === 3 ? `${zone}:00` : zone}`,
	);
	return Number.isNaN(at.getTime()) ? undefined : at;
}

function requireReachable(to: string, facts: DatabaseFacts): void {
	if (to === "latest") return;
	const isEarly = to.includes("/")
		? parseLsn(to) < parseLsn(facts.walPosition)
		: Date.parse(to) < Date.parse(facts.at);
	if (!isEarly) return;
	throw new RefusedError(
		`expected a moment after ${facts.at} (${facts.walPosition}), when this base backup became whole, got ${to}; name an earlier backup`,
	);
}

async function prepareDataDir({
	dataDir,
	account,
	hold,
	workFolder,
}: Recovery): Promise<void> {
	const names: readonly string[] = await readdir(dataDir).catch(() => []);
	if (names.includes(unfinishedFile)) {
		await rm(dataDir, { recursive: true, force: true });
	} else if (names.length > 0) {
		throw new RefusedError(
			`expected a fresh folder for the data, got ${dataDir} with ${names.length} entries; name one that does not exist`,
		);
	}
	await hold.remains(workFolder);
	await hold.program("postgres", dataDir);
	await hold.program("tar", dataDir);
	await makeServerFolder(account, dataDir);
	await writeFile(join(dataDir, unfinishedFile), "", { mode: 0o600 });
	await giveTo(account, join(dataDir, unfinishedFile));
	await makeServerFolder(account, workFolder);
	await makeServerFolder(account, join(workFolder, "run"));
}

async function unpackBase(recovery: Recovery): Promise<void> {
	const { folder, manifest, identities, dataDir, account, signal } = recovery;
	const file = manifest.files.find((one) => one.part === "database");
	if (file === undefined) throw new Error("the manifest names no base backup");
	recovery.talk.progress("unpacking the base backup");
	const end = await runTool({
		command: "tar",
		args: ["-x", "-f", "-", "-C", dataDir],
		cwd: "/",
		account,
		stdin: gunzipped(await openSealed(join(folder, file.path), identities)),
		signal,
	});
	if (end.exitCode !== 0) throw toolFailure("tar", end);
}

async function unpackWal(
	recovery: Recovery,
	base: NonNullable<DatabaseFacts["base"]>,
	walFolder: string,
): Promise<string> {
	const { into, identities, account, signal, talk } = recovery;
	const plain = createSealer([]);
	await makeServerFolder(account, walFolder);
	const index = await readWalIndex(into);
	const partial = await partialSegment(into);
	const chain = chainFrom(
		parseLsn(base.startWal),
		base.timeline,
		[...index.keys(), ...(partial ? [partial.name] : [])],
		base.segmentBytes,
	);
	const histories = [...index.keys()].filter((name) =>
		name.endsWith(".history"),
	);
	for (const name of [...histories, ...chain.names]) {
		signal.throwIfAborted();
		const entry = index.get(name);
		const place = join(walFolder, name);
		if (entry !== undefined) {
			await plain.write(place, await openWal(into, entry, identities));
		} else if (partial?.name === name) {
			await plain.write(place, createReadStream(partial.file));
		}
		await giveTo(account, place);
		talk.progress(`decrypted the log up to ${name}`);
	}
	return lsnText(chain.end);
}

/** Where a distribution keeps the configuration elsewhere, the folder has none. */
async function completeDataDir({ dataDir, account }: Recovery): Promise<void> {
	const conf = join(dataDir, "postgresql.conf");
	if (!(await stat(conf).catch(() => undefined))) {
		await writeFile(
			conf,
			"# Made by a restore: the server's configuration lay outside of its data folder.\n",
			{ mode: 0o600 },
		);
		await giveTo(account, conf);
	}
	const hba = join(dataDir, "pg_hba.conf");
	if (!(await stat(hba).catch(() => undefined))) {
		await writeFile(
			hba,
			"local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n",
			{ mode: 0o600 },
		);
		await giveTo(account, hba);
	}
	// A copy of a standby stays one otherwise.
	await rm(join(dataDir, "standby.signal"), { force: true });
	const signalFile = join(dataDir, "recovery.signal");
	await writeFile(signalFile, "", { mode: 0o600 });
	await giveTo(account, signalFile);
}

function recoverySettings(
	{ to, dataDir }: Recovery,
	walFolder: string,
): Record<string, string> {
	return {
		// The copied configuration may name the original's.
		data_directory: dataDir,
		config_file: join(dataDir, "postgresql.conf"),
		restore_command: `cp "${walFolder}/%f" "%p"`,
		recovery_target_timeline: "latest",
		recovery_target_action: "promote",
		...(to === "latest"
			? {}
			: to.includes("/")
				? { recovery_target_lsn: to }
				: {
						recovery_target_time: new Date(to)
							.toISOString()
							.replace("T", " ")
							.replace("Z", "+00"),
					}),
		// Read-only questions during recovery would need settings as large as the original's.
		hot_standby: "off",
		primary_conninfo: "",
		primary_slot_name: "",
		synchronous_standby_names: "",
		archive_command: "",
		shared_buffers: "128MB",
		huge_pages: "off",
		lc_messages: "C",
		log_timezone: "UTC",
		log_min_messages: "warning",
		log_line_prefix: "",
	};
}
