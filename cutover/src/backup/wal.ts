import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { type Session, withSession } from "../adapters/postgres.ts";
import { addressOf } from "../adapters/postgresTools.ts";
import type { Confirm } from "../confirm.ts";
import type { Talk } from "../console.ts";
import type { Result } from "../outcome.ts";
import { makeFolder } from "./durable.ts";
import { takeHold } from "./hold.ts";
import { loadRecipients } from "./keys.ts";
import { placesOf } from "./places.ts";
import { findReceiver, receive } from "./receiver.ts";
import { createSealer } from "./seal.ts";
import type { WalSettings } from "./settings.ts";
import {
	dropSlot,
	prepareSlot,
	requireFreeSlot,
	slotState,
	slotText,
} from "./slot.ts";
import { databaseFacts } from "./snapshot.ts";
import { makeWalFolders } from "./walArchive.ts";

/** Receives the log until it is told to stop (Ctrl-C, SIGTERM). May be killed at any moment and started again. */
export async function runWal(
	settings: WalSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const into = resolve(settings.into);
	const recipients = settings.plaintext ? [] : await loadRecipients(settings);
	await makeFolder(into);
	const facts = await inDatabase(settings, databaseFacts);
	const tools = await findReceiver(facts.major, settings.pgBin);
	await makeWalFolders(into, facts.systemIdentifier ?? "");
	const hold = await takeHold(
		placesOf(into).walLock,
		"receiving the log",
		talk,
	);
	try {
		// Last: a run that cannot receive leaves no slot, which would keep the log on the server.
		const slot = await inDatabase(settings, (session) =>
			prepareSlot(session, settings, talk),
		);
		talk.say(
			`receiving the log of ${addressOf(settings.database)} into ${placesOf(into).wal}: ${slotText(settings.slot, slot)}; Ctrl-C stops it`,
		);
		await receive({
			...settings,
			into,
			sealer: createSealer(recipients),
			tools,
			hold,
			talk,
			signal,
		});
	} finally {
		await hold.release();
	}
	return {
		outcome: "passed",
		checks: [
			{
				name: "log",
				outcome: "passed",
				expected: "received until it was told to stop",
				actual: "stopped in order; every finished segment is stored",
				seconds: (performance.now() - startedAt) / 1000,
			},
		],
		next: `Nobody receives the log now and the server keeps it for the slot ${settings.slot}: run "cutover backup wal" again soon, or "cutover backup wal-end"`,
	};
}

async function inDatabase<T>(
	{ database }: WalSettings,
	work: (session: Session) => Promise<T>,
): Promise<T> {
	return await withSession(
		database,
		{ what: "database", applicationName: "cutover backup" },
		work,
	);
}

/** Removes the slot, for good: the chain of the log ends here. */
export async function endWal(
	settings: WalSettings,
	confirm: Confirm,
	talk: Talk,
): Promise<Result> {
	const startedAt = performance.now();
	const { slot } = settings;
	const places = placesOf(resolve(settings.into));
	await makeFolder(resolve(settings.into));
	// Refused while "backup wal" runs; a program that a killed run left receiving is ended.
	const hold = await takeHold(places.walLock, "ending the log", talk);
	let text: string;
	try {
		text = await removeSlot(settings, confirm);
		// What was received of the unfinished segment has no successor any more, and would start the next chain wrongly.
		await rm(places.walSpool, { recursive: true, force: true });
	} finally {
		await hold.release();
	}
	return {
		outcome: "passed",
		checks: [
			{
				name: "replication slot",
				outcome: "passed",
				expected: "removed",
				actual: text,
				seconds: (performance.now() - startedAt) / 1000,
			},
		],
		next: `The server keeps no log for ${slot} any more; "cutover backup incremental" starts a new chain`,
	};
}

async function removeSlot(
	settings: WalSettings,
	confirm: Confirm,
): Promise<string> {
	const { slot, database } = settings;
	return await inDatabase(settings, async (session) => {
		const state = await slotState(session, slot);
		if (!state.exists) return `the slot ${slot} was not there`;
		await requireFreeSlot(session, slot);
		await confirm({
			what: `This removes the slot ${slot} of ${addressOf(database)}; restoring to a later moment needs a new incremental backup then`,
			word: slot,
		});
		await dropSlot(session, slot);
		return `removed; before: ${slotText(slot, state)}`;
	});
}
