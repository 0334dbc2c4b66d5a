import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Session, withSession } from "../adapters/postgres.ts";
import {
	addressOf,
	type Installation,
	toolEnvironment,
} from "../adapters/postgresTools.ts";
import type { Talk } from "../console.ts";
import {
	addSentence,
	ConnectionLostError,
	RefusedError,
	reasonOf,
} from "../errors.ts";
import { requireArchiving } from "./archiving.ts";
import { makeFolder } from "./durable.ts";
import { toolFailure } from "./failures.ts";
import { holderOf, takeHold } from "./hold.ts";
import type { BackupFile, DatabaseFacts } from "./manifest.ts";
import { placesOf } from "./places.ts";
import { findReceiver, receive } from "./receiver.ts";
import type { Chunks, Sealer } from "./seal.ts";
import { dropSlot, prepareSlot, requireFreeSlot, slotState } from "./slot.ts";
import { databaseFacts } from "./snapshot.ts";
import { sealOutput } from "./stream.ts";
import { gzipped, makeWalFolders, readWalIndex } from "./walArchive.ts";
import { chainFrom, lsnText, parseLsn, segmentOf } from "./walNames.ts";

export interface BaseBackup {
	readonly database: string;
	/** The folder that backups go into, and the one being made. */
	readonly into: string;
	readonly folder: string;
	readonly slot: string;
	readonly acceptUnlimitedWal: boolean;
	readonly pgBin?: string | undefined;
	readonly sealer: Sealer;
	readonly talk: Talk;
	readonly onBytes: (bytes: number) => void;
	readonly signal: AbortSignal;
}

/** Longest wait for the last segment of a base backup. */
const walTimeoutMs = 120_000;

/**
 * Copies the server's data folder while it runs, with the log that makes it whole received beside it. Where nobody receives yet, this
 * does so for as long as it takes.
 *
 * @throws RefusedError when the server cannot be copied, or the copy failed; a slot that this made is removed then, or the
 * error says that it stays.
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
			await requireCopyable(session);
			const archives = await requireArchiving(session);
			const facts = await databaseFacts(session);
			const tools = await findReceiver(facts.major, backup.pgBin);
			await makeWalFolders(backup.into, facts.systemIdentifier ?? "");
			const slot = await prepareSlot(session, backup, backup.talk);
			let receiver: Awaited<ReturnType<typeof ownReceiver>> | undefined;
			try {
				const holder = await holderOf(placesOf(backup.into).walLock);
				receiver =
					holder === undefined
						? await ownReceiver(backup, session, tools)
						: undefined;
				const copy = copyBase(backup, tools.directory, archives);
				const { file, start } = receiver
					? await Promise.race([copy, receiver.failed])
					: await copy;
				const end = await endOfBase(session);
				const base = {
					timeline: start.timeline,
					startWal: start.lsn,
					endWal: end.position,
					segmentBytes: end.segmentBytes,
				};
				await waitForWal(backup, base);
				return {
					file,
					tool: tools.version,
					isUnattended: receiver !== undefined,
					facts: {
						...facts,
						method: "base",
						address: addressOf(backup.database),
						at: end.at,
						walPosition: end.position,
						tables: [],
						base,
					},
				};
			} catch (error) {
				await receiver?.stop();
				// Nothing needs what it keeps.
				throw slot.isNew ? await afterRemoval(backup, session, error) : error;
			} finally {
				await receiver?.stop();
			}
		},
	);
}

/** Removes the slot of a backup that failed. Answers why it failed, and that the slot stays where it could not be removed. */
async function afterRemoval(
	backup: BaseBackup,
	session: Session,
	failure: unknown,
): Promise<unknown> {
	const { slot, database, talk } = backup;
	try {
		await removeSlot(session, slot).catch(async (error: unknown) => {
			if (!(error instanceof ConnectionLostError)) throw error;
			await withSession(
				database,
				{ what: "database", applicationName: "cutover backup" },
				(another) => removeSlot(another, slot),
			);
		});
		talk.say(`removed the slot ${slot} again`);
		return failure;
	} catch (error) {
		const sentence = `the slot ${slot} of ${addressOf(database)} could not be removed (${reasonOf(error)}): it stays and makes the server keep its log; run "cutover backup wal-end" to remove it, or repeat the backup, which goes on with it`;
		// Whoever stopped it is told no reason at the end.
		if (backup.signal.aborted) talk.say(sentence);
		return addSentence(failure, sentence);
	}
}

async function removeSlot(session: Session, slot: string): Promise<void> {
	if (!(await slotState(session, slot)).exists) return;
	// The server may take a moment to notice that the receiver is gone.
	await requireFreeSlot(session, slot);
	await dropSlot(session, slot);
}

async function ownReceiver(
	backup: BaseBackup,
	session: Session,
	tools: Installation,
) {
	// This ends a program that a killed run left receiving.
	const hold = await takeHold(
		placesOf(backup.into).walLock,
		"receiving the log",
		backup.talk,
	);
	try {
		await requireFreeSlot(session, backup.slot);
	} catch (error) {
		await hold.release();
		throw error;
	}
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

async function copyBase(
	backup: BaseBackup,
	tools: string,
	/** The server waits at the end until it has archived the copy's log. */
	archives: boolean,
) {
	await makeFolder(join(backup.folder, "database"));
	let label = "";
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
			onLine(line) {
				if (archives && isOfServer(line)) backup.talk.say(line);
			},
		},
		{
			into: backup.folder,
			path: "database/base.tar.gz",
			part: "database",
			sealer: backup.sealer,
			through: (chunks) =>
				gzipped(
					withHead(chunks, (head) => {
						label = head;
					}),
				),
			onBytes: backup.onBytes,
		},
	);
	if (end.exitCode !== 0) {
		throw toolFailure("pg_basebackup", end, backup.database);
	}
	return { file, start: startOfBase(label) };
}

/** Whether pg_basebackup passes on what the server says, in whatever language: its own lines begin with its name. */
export const isOfServer = (line: string): boolean =>
	line.trim() !== "" && !/^pg_basebackup\b/.test(line);

/** Where a base backup's log starts, from the label that is the first file of its archive. */
export function startOfBase(label: string): {
	readonly lsn: string;
	readonly timeline: number;
} {
	const [, lsn] = /START WAL LOCATION: (\S+) /.exec(label) ?? [];
	const [, timeline] = /^START TIMELINE: (\d+)$/m.exec(label) ?? [];
	if (lsn !== undefined && timeline !== undefined) {
		return { lsn, timeline: Number(timeline) };
	}
	throw new Error(
		"expected the backup's label at the beginning of what pg_basebackup sends, got something else",
	);
}

/** Passes bytes on and shows the first few kilobytes of them. */
async function* withHead(
	chunks: Chunks,
	onHead: (head: string) => void,
): AsyncGenerator<Uint8Array> {
	const enough = 4_096;
	let head = "";
	for await (const chunk of chunks) {
		if (head.length < enough) {
			head += Buffer.from(chunk.subarray(0, enough)).toString("latin1");
			onHead(head);
		}
		yield chunk;
	}
}

/**
 * Where and when a base backup is whole at the latest. Its end makes the server begin a new segment: the beginning of the one that is
 * written now lies behind it.
 */
async function endOfBase(session: Session): Promise<{
	readonly position: string;
	readonly at: string;
	readonly segmentBytes: number;
}> {
	const { rows } = await session.query<{
		position: string;
		at: Date;
		bytes: string;
	}>(
		`SELECT pg_current_wal_lsn()::text AS position, clock_timestamp() AS at,
			(SELECT setting FROM pg_settings WHERE name = 'wal_segment_size') AS bytes`,
	);
	const [row] = rows;
	if (row === undefined) throw new Error("the server told no position");
	const segmentBytes = Number(row.bytes);
	const number = segmentOf(parseLsn(row.position), segmentBytes);
	return {
		position: lsnText(number * BigInt(segmentBytes)),
		at: row.at.toISOString(),
		segmentBytes,
	};
}

/** A base backup without the log up to its end is worth nothing. */
async function waitForWal(
	backup: BaseBackup,
	base: NonNullable<DatabaseFacts["base"]>,
): Promise<void> {
	const deadline = performance.now() + walTimeoutMs;
	for (;;) {
		backup.signal.throwIfAborted();
		const names = [...(await readWalIndex(backup.into)).keys()];
		const chain = chainFrom(
			parseLsn(base.startWal),
			base.timeline,
			names,
			base.segmentBytes,
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

async function requireCopyable(session: Session): Promise<void> {
	const { rows: states } = await session.query<{ standby: boolean }>(
		"SELECT pg_is_in_recovery() AS standby",
	);
	if (states[0]?.standby === true) {
		throw new RefusedError(
			"expected a primary, got a standby: a base backup of it has no certain end in the log; name the primary",
		);
	}
	const { rows } = await session.query<{ name: string }>(
		"SELECT spcname AS name FROM pg_tablespace WHERE spcname !~ '^pg_'",
	);
	if (rows.length === 0) return;
	throw new RefusedError(
		`expected a server without tablespaces of its own, got ${rows.map((row) => row.name).join(", ")}: base backups of these are not made; "cutover backup full" dumps them`,
	);
}
