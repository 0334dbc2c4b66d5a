import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Session, withSession } from "../adapters/postgres.ts";
import { addressOf, toolEnvironment } from "../adapters/postgresTools.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import { toolFailure } from "./dump.ts";
import { makeFolder } from "./durable.ts";
import { type Hold, holderOf, takeHold } from "./hold.ts";
import type { BackupFile, DatabaseFacts } from "./manifest.ts";
import { placesOf } from "./places.ts";
import { findReceiver, receive } from "./receiver.ts";
import type { Sealer } from "./seal.ts";
import { prepareSlot } from "./slot.ts";
import { databaseFacts } from "./snapshot.ts";
import { sealOutput } from "./stream.ts";
import { gzipped, readWalIndex } from "./walArchive.ts";
import { chainFrom, parseLsn } from "./walNames.ts";

export interface BaseBackup {
	readonly database: string;
	/** The folder that backups go into, and the one being made. */
	readonly into: string;
	readonly folder: string;
	readonly slot: string;
	readonly acceptUnlimitedWal: boolean;
	readonly pgBin?: string | undefined;
	readonly sealer: Sealer;
	readonly hold: Hold;
	readonly talk: Talk;
	readonly onBytes: (bytes: number) => void;
	readonly signal: AbortSignal;
}

/** Longest wait for the last segment of a base backup. */
const walTimeoutMs = 120_000;

/**
 * Copies the server's data folder while it runs, with the log that makes it whole received beside it. Where nobody receives yet, this
 * does so for as long as it takes.
 */
export async function takeBase(backup: BaseBackup): Promise<{
	readonly file: BackupFile;
	readonly facts: DatabaseFacts;
	readonly tool: string;
	/** Nobody receives any more: the slot makes the server keep its log. */
	readonly isUnattended: boolean;
}> {
	return await withSession(
		backup.database,
		{ what: "database", applicationName: "cutover backup" },
		async (session) => {
			await disallowTablespaces(session);
			const state = await prepareSlot(session, backup, backup.talk);
			const facts = await databaseFacts(session);
			const tools = await findReceiver(facts.major, backup.pgBin);
			const receiver = state.isActive
				? undefined
				: await ownReceiver(backup, tools);
			if (receiver === undefined) await requireOurReceiver(backup);
			try {
				const copy = copyBase(backup, tools.directory);
				const { file, base } = receiver
					? await Promise.race([copy, receiver.failed])
					: await copy;
				const segmentBytes = await segmentSize(session);
				await waitForWal(backup, base, segmentBytes);
				return {
					file,
					tool: tools.version,
					isUnattended: receiver !== undefined,
					facts: {
						...facts,
						method: "base",
						address: addressOf(backup.database),
						at: new Date().toISOString(),
						walPosition: base.endWal,
						tables: [],
						base: { ...base, segmentBytes },
					},
				};
			} finally {
				await receiver?.stop();
			}
		},
	);
}

async function ownReceiver(
	backup: BaseBackup,
	tools: Awaited<ReturnType<typeof findReceiver>>,
) {
	const hold = await takeHold(
		placesOf(backup.into).walLock,
		"receiving the log",
		backup.talk,
	);
	const stop = new AbortController();
	const running = receive({
		...backup,
		tools,
		hold,
		signal: AbortSignal.any([stop.signal, backup.signal]),
	});
	return {
		/** Never fulfilled: only a failure ends it early. */
		failed: running.then(() => new Promise<never>(() => undefined)),
		async stop() {
			stop.abort();
			try {
				// The first error wins; the backup's own was thrown already.
				await running.catch(() => undefined);
			} finally {
				await hold.release();
			}
		},
	};
}

async function requireOurReceiver(backup: BaseBackup): Promise<void> {
	const holder = await holderOf(placesOf(backup.into).walLock);
	if (holder !== undefined) return;
	throw new RefusedError(
		`the slot ${backup.slot} is used by somebody who does not receive into ${backup.into}; name another slot with --slot, or the folder that "cutover backup wal" receives into`,
	);
}

async function copyBase(backup: BaseBackup, tools: string) {
	await makeFolder(join(backup.folder, "database"));
	let start: { lsn: string; timeline: number } | undefined;
	let endWal: string | undefined;
	const { file, end } = await sealOutput(
		{
			command: join(tools, "pg_basebackup"),
			args: [
				...["--pgdata=-", "--format=tar", "--wal-method=none"],
				...["--checkpoint=fast", "--no-password", "--verbose"],
				"--label=cutover backup",
			],
			env: toolEnvironment(backup.database, "cutover backup"),
			signal: backup.signal,
			onStart: (pid) => backup.hold.child(pid, "cutover backup"),
			onLine(line) {
				const [, lsn, timeline] =
					/log start point: (\S+) on timeline (\d+)/.exec(line) ?? [];
				if (lsn !== undefined) start = { lsn, timeline: Number(timeline) };
				endWal = /log end point: (\S+)/.exec(line)?.[1] ?? endWal;
			},
		},
		{
			into: backup.folder,
			path: "database/base.tar.gz",
			part: "database",
			sealer: backup.sealer,
			through: gzipped,
			onBytes: backup.onBytes,
		},
	);
	if (end.exitCode !== 0) throw toolFailure("pg_basebackup", end);
	if (start === undefined || endWal === undefined) {
		throw new Error(
			`pg_basebackup did not tell where its log starts and ends: ${end.lines.join("; ")}`,
		);
	}
	return {
		file,
		base: { timeline: start.timeline, startWal: start.lsn, endWal },
	};
}

/** A base backup without the log up to its end is worth nothing. */
async function waitForWal(
	backup: BaseBackup,
	base: { timeline: number; startWal: string; endWal: string },
	segmentBytes: number,
): Promise<void> {
	const deadline = performance.now() + walTimeoutMs;
	for (;;) {
		backup.signal.throwIfAborted();
		const names = [...(await readWalIndex(backup.into)).keys()];
		const chain = chainFrom(
			parseLsn(base.startWal),
			base.timeline,
			names,
			segmentBytes,
		);
		if (chain.names.length > 0 && chain.end >= parseLsn(base.endWal)) return;
		if (performance.now() > deadline) {
			throw new RefusedError(
				`the log of the base backup (${base.startWal} to ${base.endWal}) was not received within ${walTimeoutMs / 1000} s; see what "cutover backup wal" says, then repeat`,
			);
		}
		backup.talk.progress(`waiting for the log up to ${base.endWal}`);
		await sleep(200);
	}
}

async function segmentSize(session: Session): Promise<number> {
	const { rows } = await session.query<{ bytes: string }>(
		"SELECT setting AS bytes FROM pg_settings WHERE name = 'wal_segment_size'",
	);
	return Number(rows[0]?.bytes ?? 16_777_216);
}

async function disallowTablespaces(session: Session): Promise<void> {
	const { rows } = await session.query<{ name: string }>(
		"SELECT spcname AS name FROM pg_tablespace WHERE spcname !~ '^pg_'",
	);
	if (rows.length === 0) return;
	throw new RefusedError(
		`expected a server without tablespaces of its own, got ${rows.map((row) => row.name).join(", ")}: base backups of these are not made; "cutover backup full" dumps them`,
	);
}
