import { createHash, randomUUID } from "node:crypto";
import {
	link,
	readdir,
	readFile,
	rename,
	rm,
	writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { findProcesses, processText } from "../adapters/tools.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import { fileMode, writeDurably } from "./durable.ts";

const recordSchema = z.object({
	what: z.string(),
	host: z.string(),
	pid: z.number().int(),
	/** Hash of start time and command line: a process id alone is given out again, and a command line may hold a password. */
	process: z.string(),
	since: z.string(),
	/** Programs that may have been started, each with a path in its command line. */
	programs: z.array(z.object({ name: z.string(), path: z.string() })),
	/** Folders and files to remove when this is left behind. */
	remains: z.array(z.string()),
});

type HoldRecord = z.infer<typeof recordSchema>;

/** The right to work alone on something, written down so that a run after a kill can tidy up. */
export interface Hold {
	/**
	 * A program that has to end with us, told before it is started: a kill may come between the start and any note of its
	 * process id. `path` is part of its command line, and of no other program's of that name.
	 */
	program(name: string, path: string): Promise<void>;
	/** Something that has to be removed unless it is finished. */
	remains(path: string): Promise<void>;
	/** Gives the right back; what is left under way is not touched. */
	release(): Promise<void>;
}

/**
 * Takes the right to work alone, at a file. What a killed holder left (programs, folders) is ended and removed first, and said.
 *
 * @throws RefusedError that names the holder when somebody works there now.
 */
export async function takeHold(
	file: string,
	what: string,
	talk: Talk,
): Promise<Hold> {
	const record: HoldRecord = {
		what,
		host: hostname(),
		pid: process.pid,
		process: await markOf(process.pid),
		since: new Date().toISOString(),
		programs: [],
		remains: [],
	};
	while (!(await putIfNew(file, record))) {
		const holder = await readRecord(file);
		// Given back in between.
		if (holder === undefined) continue;
		await requireDead(file, holder);
		// Before the record goes: a kill in the middle of it leaves the rest to the next run.
		await tidyUp(holder, talk);
		await rm(`${file}.${holder.pid}.draft`, { force: true });
		const stale = await moveAway(file, holder);
		if (stale !== undefined) await rm(stale, { force: true });
	}
	await removeDrafts(file);
	const save = () => writeDurably(file, JSON.stringify(record));
	return {
		async program(name, path) {
			record.programs.push({ name, path });
			await save();
		},
		async remains(path) {
			record.remains.push(path);
			await save();
		},
		async release() {
			await rm(file, { force: true });
		},
	};
}

/** Who holds the right now, for people; undefined when nobody does. */
export async function holderOf(
	file: string,
): Promise<{ readonly pid: number; readonly text: string } | undefined> {
	const record = await readRecord(file);
	if (record === undefined || !(await isAlive(record))) return undefined;
	return { pid: record.pid, text: holderText(record) };
}

async function putIfNew(file: string, record: HoldRecord): Promise<boolean> {
	// Linked into place whole: a reader never sees half a record.
	const draft = `${file}.${randomUUID()}.draft`;
	await writeFile(draft, JSON.stringify(record), { mode: fileMode });
	try {
		await link(draft, file);
		return true;
	} catch (error) {
		const { code } = error as { code?: unknown };
		// Somebody holds the right, or took it just now and removed the drafts of all others.
		if (code === "EEXIST" || code === "ENOENT") return false;
		throw error;
	} finally {
		await rm(draft, { force: true });
	}
}

/** What runs left that were killed while they asked for the right; one that is asking just now asks again. */
async function removeDrafts(file: string): Promise<void> {
	const [folder, name] = [dirname(file), basename(file)];
	for (const found of await readdir(folder)) {
		if (found.startsWith(`${name}.`) && found.endsWith(".draft"))
			await rm(join(folder, found), { force: true });
	}
}

/** @throws RefusedError when something else lies there. */
async function readRecord(file: string): Promise<HoldRecord | undefined> {
	const text = await readFile(file, "utf8").catch(() => undefined);
	if (text === undefined) return undefined;
	try {
		return recordSchema.parse(JSON.parse(text));
	} catch (error) {
		throw new RefusedError(
			`${file} is not a record of a running process; find out what it is, then remove it`,
			{ cause: error },
		);
	}
}

async function moveAway(
	file: string,
	holder: HoldRecord,
): Promise<string | undefined> {
	const away = `${file}.${randomUUID()}.stale`;
	const isMoved = await rename(file, away).then(
		() => true,
		() => false,
	);
	if (!isMoved) return undefined;
	const moved = await readRecord(away);
	if (moved?.pid === holder.pid && moved.since === holder.since) return away;
	// Somebody was quicker, and this is their live record.
	await link(away, file).catch(() => undefined);
	await rm(away, { force: true });
	return undefined;
}

async function requireDead(file: string, holder: HoldRecord): Promise<void> {
	if (holder.host !== hostname()) {
		throw new RefusedError(
			`${holderText(holder)} on ${holder.host}, which cannot be asked from here; when it does not run any more, remove ${file}`,
		);
	}
	if (await isAlive(holder)) {
		throw new RefusedError(
			`${holderText(holder)}; wait for it, or end that process`,
		);
	}
}

async function isAlive(record: HoldRecord): Promise<boolean> {
	return (
		record.host !== hostname() || (await markOf(record.pid)) === record.process
	);
}

/** A text that no other process has, or an empty one when there is none of that id. */
async function markOf(pid: number): Promise<string> {
	const text = await processText(pid);
	return text === undefined
		? ""
		: createHash("sha256").update(text).digest("hex");
}

const holderText = (record: HoldRecord): string =>
	`${record.what} runs already (process ${record.pid}, since ${record.since})`;

async function tidyUp(holder: HoldRecord, talk: Talk): Promise<void> {
	talk.say(`tidying up after a killed run: ${holder.what} of ${holder.since}`);
	for (const { name, path } of holder.programs) {
		for (const pid of await findProcesses(name, path)) {
			await endProcess(pid, path);
		}
	}
	for (const path of holder.remains) {
		await rm(path, { recursive: true, force: true });
	}
}

/** Ends a process, but only one whose command line still is the expected one. */
async function endProcess(pid: number, marker: string): Promise<void> {
	const isOurs = async () =>
		(await processText(pid))?.includes(marker) === true;
	// SIGINT is the fast and orderly end of a server, and an end for every client program.
	for (const name of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
		for (let tries = 0; tries < 20; tries += 1) {
			if (!(await isOurs())) return;
			if (tries === 0) process.kill(pid, name);
			await sleep(100);
		}
	}
}
