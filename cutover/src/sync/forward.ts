import { type Session, withSession } from "../adapters/postgres.ts";
import { type Peeked, peekKeys } from "../capture/peek.ts";
import { advanceSlot } from "../capture/slot.ts";
import type { CapturedTable } from "../capture/tables.ts";
import type { Talk } from "../console.ts";
import { sourceTables } from "../conversion/mapping.ts";
import { quoteTable } from "../conversion/sqlNames.ts";
import { takeOverAll } from "../convert/catchUp.ts";
import { doubtfulRows, requireOwnIds } from "../convert/changedRows.ts";
import type { Ids } from "../convert/ids.ts";
import { countIds } from "../convert/ids.ts";
import { placeOf } from "../convert/preflight.ts";
import { convertOnce, copyFiles, type Ends } from "../convert/run.ts";
import { closeSnapshot, openSnapshot } from "../convert/snapshot.ts";
import { tableOf } from "../convert/sourceRows.ts";
import { type Conversion, readRecorded } from "../convert/state.ts";
import { RefusedError } from "../errors.ts";
import {
	catalogNames,
	closeFeed,
	type Feed,
	feedName,
	movePosition,
	openSlot,
	readFeed,
	recordFeed,
	requireFeed,
} from "./feed.ts";
import type { Follower, Round } from "./follower.ts";
import type { SyncSettings } from "./settings.ts";

/** Changes taken over in one round at least, before the position moves. */
const roundChanges = 10_000;

/**
 * Follows the source while the work runs. The first time it makes a slot, then loads or catches up by transaction age
 * whatever was written before it; from then on only the slot's changes are read. A second start goes on from there.
 */
export async function withFollower<T>(
	ends: Ends,
	settings: SyncSettings,
	talk: Talk,
	signal: AbortSignal,
	work: (follower: Follower) => Promise<T>,
): Promise<T> {
	return await withSession(
		settings.source,
		{ what: "source", readOnly: true, applicationName: "cutover sync" },
		async (slotSession) => {
			const feed = await openFeed(ends, slotSession, settings, talk, signal);
			const conversion = await requireRecorded(ends.target);
			const names = await tableNames(slotSession, conversion);
			let isFirst = true;
			return await work({
				slotSession,
				feed,
				async round(upTo) {
					const peeked = await peekKeys(slotSession, {
						slot: feed.slot,
						publication: feed.publication,
						maxChanges: roundChanges,
						upTo,
					});
					const done =
						peeked.truncated.size > 0
							? await compareAll(ends, settings, talk, signal, peeked.lsn)
							: await takeRound(ends, settings, {
									conversion,
									changed: idsOfKeys(peeked, names),
									looksAgain: isFirst || upTo !== undefined,
									lsn: peeked.lsn,
								});
					await advanceSlot(slotSession, feed.slot, peeked.lsn);
					const copiedFiles =
						isFirst || done.writtenRows > 0
							? await copyFiles(ends, settings, talk, signal)
							: 0;
					isFirst = false;
					const { lsn: position, isMore } = peeked;
					return { ...done, copiedFiles, position, isMore };
				},
			});
		},
	);
}

/** Removes slot and publication from the source. */
export async function stopFollowing(
	source: Session,
	target: Session,
): Promise<void> {
	const name = feedName("forward", await placeOf(target));
	await closeFeed(source, target, "forward", name);
}

async function openFeed(
	ends: Ends,
	slotSession: Session,
	settings: SyncSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Feed> {
	const { target, wanted } = ends;
	const name = feedName("forward", await placeOf(target));
	if (settings.renewSlot) {
		await closeFeed(slotSession, target, "forward", name);
	}
	const known = await readFeed(target, "forward");
	if (known !== undefined) {
		await requireFeed(slotSession, known);
		return known;
	}
	const tables = await capturedTables(slotSession, wanted.mapping);
	const position = await openSlot(slotSession, name, tables, {
		unlimitedWal: settings.unlimitedWal,
		talk,
	});
	talk.say(`following the source from ${position} (slot ${name})`);
	await convertOnce(ends, settings, talk, signal);
	const feed: Feed = {
		direction: "forward",
		slot: name,
		publication: name,
		position,
	};
	await recordFeed(target, feed);
	return feed;
}

async function capturedTables(
	session: Session,
	mapping: Conversion["rules"]["mapping"],
): Promise<readonly CapturedTable[]> {
	const tables = sourceTables(mapping);
	const names = await catalogNames(session, tables, tables.map(quoteTable));
	return [...names].map(([table, source]) => ({
		table,
		key:
			source === mapping.users.source
				? mapping.users.id
				: tableOf(source, mapping).id,
	}));
}

async function tableNames(
	session: Session,
	{ rules }: Conversion,
): Promise<ReadonlyMap<string, string>> {
	const tables = sourceTables(rules.mapping);
	return await catalogNames(session, tables, tables.map(quoteTable));
}

function idsOfKeys(peeked: Peeked, names: ReadonlyMap<string, string>): Ids {
	const ids = new Map<string, ReadonlySet<number>>();
	for (const [table, keys] of peeked.keys) {
		const source = names.get(table);
		if (source !== undefined) ids.set(source, new Set([...keys].map(Number)));
	}
	return ids;
}

type Done = Pick<Round, "changedRows" | "writtenRows">;

async function takeRound(
	{ source, target }: Ends,
	settings: SyncSettings,
	round: {
		readonly conversion: Conversion;
		readonly changed: Ids;
		readonly looksAgain: boolean;
		readonly lsn: string;
	},
): Promise<Done> {
	const { conversion, changed, lsn } = round;
	requireOwnIds(changed, conversion);
	const doubtful = round.looksAgain ? await doubtfulRows(target) : new Map();
	const changedRows = countIds(changed);
	const move = () => movePosition(target, "forward", lsn);
	if (changedRows === 0 && countIds(doubtful) === 0) {
		await move();
		return { changedRows, writtenRows: 0 };
	}
	await openSnapshot(source);
	try {
		const writtenRows = await takeOverAll(source, target, {
			conversion,
			changed,
			doubtful,
			filesSource: settings.filesSource,
			movePosition: move,
		});
		await closeSnapshot(source);
		return { changedRows, writtenRows };
	} catch (error) {
		await source.query("ROLLBACK").catch(() => undefined);
		throw error;
	}
}

/** A truncated table names no keys: everything is compared, as in the first round. */
async function compareAll(
	ends: Ends,
	settings: SyncSettings,
	talk: Talk,
	signal: AbortSignal,
	lsn: string,
): Promise<Done> {
	talk.say("a table was truncated: comparing everything by transaction age");
	const pass = await convertOnce(ends, settings, talk, signal);
	await movePosition(ends.target, "forward", lsn);
	return pass;
}

async function requireRecorded(target: Session): Promise<Conversion> {
	const conversion = await readRecorded(target);
	if (conversion?.isLoaded === true) return conversion;
	throw new RefusedError(
		"the load is not finished: other shards still have ranges; run this again when they are done",
	);
}
