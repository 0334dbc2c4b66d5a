import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
	findTools,
	type Installation,
	toolEnvironment,
} from "../adapters/postgresTools.ts";
import { runTool } from "../adapters/tools.ts";
import type { Talk } from "../console.ts";
import type { Hold } from "./hold.ts";
import { placesOf } from "./places.ts";
import type { Sealer } from "./seal.ts";
import { storeFinished } from "./walArchive.ts";

export interface Receiver {
	readonly database: string;
	readonly into: string;
	readonly slot: string;
	readonly sealer: Sealer;
	readonly tools: Installation;
	/** The right to receive into this folder. */
	readonly hold: Hold;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/** Pause between two looks into the spool. */
const lookEveryMs = 300;

/** Longest pause before a receiver that ended is started again. */
const longestPauseMs = 30_000;

/** The program that receives, new enough for the server. */
export async function findReceiver(
	major: number,
	pgBin: string | undefined,
): Promise<Installation> {
	return await findTools({
		commands: ["pg_receivewal", "pg_basebackup"],
		folder: pgBin,
		major: { text: `${major} or later`, fits: (found) => found >= major },
	});
}

/**
 * Receives the log through the slot, synchronously, and stores each finished segment, until the signal says stop. A receiver that
 * ends (server restarted, connection cut) is started again and goes on where it was.
 */
export async function receive(receiver: Receiver): Promise<void> {
	const { into, talk, signal } = receiver;
	await receiver.hold.program("pg_receivewal", placesOf(into).walSpool);
	const over = new AbortController();
	const storing = keepStoring(receiver, over.signal);
	const failed = storing.catch((error: unknown) => {
		over.abort(error);
	});
	const either = AbortSignal.any([signal, over.signal]);
	try {
		let pauseMs = 500;
		while (!either.aborted) {
			const startedAt = performance.now();
			const how = await receiveOnce(receiver, either);
			if (either.aborted) break;
			if (performance.now() - startedAt > longestPauseMs) pauseMs = 500;
			talk.say(
				`receiving ended (${how}); starting again in ${pauseMs / 1000} s`,
			);
			await sleep(pauseMs, undefined, { signal: either }).catch(
				() => undefined,
			);
			pauseMs = Math.min(pauseMs * 2, longestPauseMs);
		}
	} finally {
		over.abort();
		await failed;
	}
	await storing;
	// What the receiver finished while it stopped.
	await storeFinished(into, receiver.sealer, new AbortController().signal);
}

async function keepStoring(
	receiver: Receiver,
	signal: AbortSignal,
): Promise<void> {
	while (!signal.aborted) {
		await storeFinished(
			receiver.into,
			receiver.sealer,
			new AbortController().signal,
			(name) => receiver.talk.progress(`received ${name}`),
		);
		await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
	}
}

async function receiveOnce(
	receiver: Receiver,
	signal: AbortSignal,
): Promise<string> {
	const spool = placesOf(receiver.into).walSpool;
	try {
		const end = await runTool({
			command: join(receiver.tools.directory, "pg_receivewal"),
			args: [
				...["--directory", spool, "--slot", receiver.slot],
				...["--synchronous", "--no-loop", "--no-password"],
			],
			env: toolEnvironment(receiver.database, "cutover backup wal"),
			signal,
			// Its orderly end.
			stopSignal: "SIGINT",
		});
		return `${end.how}${end.lines.length > 0 ? `: ${end.lines.slice(-2).join("; ")}` : ""}`;
	} catch (error) {
		if (signal.aborted) return "stopped";
		throw error;
	}
}
