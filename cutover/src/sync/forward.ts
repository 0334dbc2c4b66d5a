import { type Session, withSession } from "../adapters/postgres.ts";
import type { Peeked } from "../capture/peek.ts";
import type { CapturedTable } from "../capture/tables.ts";
import type { Talk } from "../console.ts";
import { type Mapping, sourceTables } from "../conversion/mapping.ts";
import { quoteTable } from "../conversion/sqlNames.ts";
import { takeOverAll } from "../convert/catchUp.ts";
import { doubtfulRows, requireOwnIds } from "../convert/changedRows.ts";
import type { Ends } from "../convert/ends.ts";
import { countIds, type Ids } from "../convert/ids.ts";
import { convertOnce, copyFiles } from "../convert/run.ts";
import { closeSnapshot, openSnapshot } from "../convert/snapshot.ts";
import { tableOf } from "../convert/sourceRows.ts";
import { type Conversion, readRecorded } from "../convert/state.ts";
import { requireOpenTarget } from "../convert/targetObstacles.ts";
import { RefusedError } from "../errors.ts";
import { catalogNames, movePosition, openFeed } from "./feed.ts";
import { createFollower, type Follower, type Taken } from "./follower.ts";
import type { SyncSettings } from "./settings.ts";

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
	/** Told which rows a round wrote. */
	onWritten?: (ids: Ids) => void,
): Promise<T> {
	const { mapping } = ends.wanted;
	await requireOpenTarget(ends.target, mapping);
	return await withSession(
		settings.source,
		{ what: "source", readOnly: true, applicationName: "cutover sync" },
		async (slotSession) => {
			const names = await tableNames(slotSession, mapping);
			const feed = await openFeed(slotSession, ends.target, {
				direction: "forward",
				settings,
				talk,
				tables: async () => capturedTables(names, mapping),
				begin: () => convertOnce(ends, settings, talk, signal),
			});
			const conversion = await requireRecorded(ends.target);
			let isFirst = true;
			const take = async (peeked: Peeked, upTo: string | undefined) => {
				const done =
					peeked.truncated.size > 0
						? await compareAll(ends, settings, talk, signal, {
								lsn: peeked.lsn,
								onWritten,
							})
						: await takeRound(ends, settings, {
								conversion,
								changed: idsOfKeys(peeked, names),
								looksAgain: isFirst || upTo !== undefined,
								lsn: peeked.lsn,
								onWritten,
								talk,
								signal,
							});
				const copiedFiles =
					isFirst || done.writtenRows > 0
						? await copyFiles(ends, settings, talk, signal)
						: 0;
				isFirst = false;
				return { ...done, copiedFiles };
			};
			return await work(createFollower(slotSession, feed, roundChanges, take));
		},
	);
}

/** The source's tables as its catalog spells them, with the mapping's names. */
async function tableNames(
	session: Session,
	mapping: Mapping,
): Promise<ReadonlyMap<string, string>> {
	const tables = sourceTables(mapping);
	return await catalogNames(session, tables, tables.map(quoteTable));
}

function capturedTables(
	names: ReadonlyMap<string, string>,
	mapping: Mapping,
): readonly CapturedTable[] {
	return [...names].map(([table, source]) => ({
		table,
		key:
			source === mapping.users.source
				? mapping.users.id
				: tableOf(source, mapping).id,
	}));
}

function idsOfKeys(peeked: Peeked, names: ReadonlyMap<string, string>): Ids {
	const ids = new Map<string, ReadonlySet<number>>();
	for (const [table, keys] of peeked.keys) {
		const source = names.get(table);
		if (source !== undefined) ids.set(source, new Set([...keys].map(Number)));
	}
	return ids;
}

type Done = Pick<Taken, "changedRows" | "writtenRows">;

async function takeRound(
	{ source, target }: Ends,
	settings: SyncSettings,
	round: {
		readonly conversion: Conversion;
		readonly changed: Ids;
		readonly looksAgain: boolean;
		readonly lsn: string;
		readonly onWritten: ((ids: Ids) => void) | undefined;
		readonly talk: Talk;
		readonly signal: AbortSignal;
	},
): Promise<Done> {
	const { conversion, changed, lsn, talk, signal } = round;
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
			onWritten: round.onWritten,
			movePosition: move,
			talk,
			signal,
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
	{
		lsn,
		onWritten,
	}: {
		readonly lsn: string;
		readonly onWritten: ((ids: Ids) => void) | undefined;
	},
): Promise<Done> {
	talk.say("a table was truncated: comparing everything by transaction age");
	const pass = await convertOnce(ends, settings, talk, signal, onWritten);
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
