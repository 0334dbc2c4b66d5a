import {
	type Session,
	withSession,
	withTransaction,
} from "../../adapters/postgres.ts";
import { peekKeys } from "../../capture/peek.ts";
import { advanceSlot } from "../../capture/slot.ts";
import type { Talk } from "../../console.ts";
import { placeOf } from "../../convert/preflight.ts";
import type { Ends } from "../../convert/run.ts";
import { type Conversion, readRecorded } from "../../convert/state.ts";
import { RefusedError } from "../../errors.ts";
import { liveXmin } from "../../journal.ts";
import {
	closeFeed,
	type Feed,
	feedName,
	movePosition,
	openSlot,
	readFeed,
	recordFeed,
	requireFeed,
} from "../feed.ts";
import type { Follower } from "../follower.ts";
import type { SyncSettings } from "../settings.ts";
import { bytesBack } from "./bytes.ts";
import {
	type Dirty,
	dirtyOf,
	dirtySinceLive,
	followedTables,
} from "./dirty.ts";
import { requireOneWay } from "./preflight.ts";
import { writeBack } from "./writeBack.ts";

const roundChanges = 5_000;

/**
 * Follows the target after the cutover while the work runs, and writes what changes there back to the legacy tables.
 * The first time it makes a slot on the target and carries over whatever was written since it went live.
 */
export async function withReverseFollower<T>(
	ends: Ends,
	settings: SyncSettings,
	talk: Talk,
	work: (follower: Follower) => Promise<T>,
): Promise<T> {
	const { source, target } = ends;
	const conversion = await requireLoaded(target);
	await requireOneWay(source, target, conversion.rules, settings.appRole);
	// Values of both sides are compared as text.
	for (const session of [source, target])
		await session.query("SET TIME ZONE 'UTC'");
	return await withSession(
		settings.target,
		{ what: "target", applicationName: "cutover sync" },
		async (slotSession) => {
			const take = (dirty: Dirty, lsn: string) =>
				takeBack(ends, settings, talk, conversion, dirty, lsn);
			const feed = await openFeed(
				ends,
				slotSession,
				settings,
				talk,
				conversion,
				take,
			);
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
					const dirty =
						peeked.truncated.size > 0
							? await sinceLive(ends, conversion)
							: dirtyOf(peeked, conversion.rules.mapping);
					const done = await take(dirty, peeked.lsn);
					await advanceSlot(slotSession, feed.slot, peeked.lsn);
					return { ...done, position: peeked.lsn, isMore: peeked.isMore };
				},
			});
		},
	);
}

/** Removes slot and publication from the target. */
export async function stopReverse(target: Session): Promise<void> {
	const name = feedName("reverse", await placeOf(target));
	await closeFeed(target, target, "reverse", name);
}

async function openFeed(
	ends: Ends,
	slotSession: Session,
	settings: SyncSettings,
	talk: Talk,
	conversion: Conversion,
	take: (dirty: Dirty, lsn: string) => Promise<unknown>,
): Promise<Feed> {
	const { target } = ends;
	const name = feedName("reverse", await placeOf(target));
	if (settings.renewSlot) await closeFeed(slotSession, target, "reverse", name);
	const known = await readFeed(target, "reverse");
	if (known !== undefined) {
		await requireFeed(slotSession, known);
		return known;
	}
	const tables = followedTables(conversion.rules.mapping);
	const { unlimitedWal } = settings;
	const position = await openSlot(slotSession, name, tables, {
		unlimitedWal,
		talk,
	});
	talk.say(`following the target from ${position} (slot ${name})`);
	await take(await sinceLive(ends, conversion), position);
	const feed: Feed = {
		direction: "reverse",
		slot: name,
		publication: name,
		position,
	};
	await recordFeed(target, feed);
	return feed;
}

async function sinceLive(
	{ source, target }: Ends,
	conversion: Conversion,
): Promise<Dirty> {
	const xmin = await liveXmin(target);
	if (xmin === undefined) {
		throw new RefusedError(
			"the journal does not say from which transaction on the target is live; it went live with an older version: nothing can be carried back by age",
		);
	}
	return await dirtySinceLive(source, target, conversion, xmin);
}

async function takeBack(
	ends: Ends,
	settings: SyncSettings,
	talk: Talk,
	{ rules }: Conversion,
	dirty: Dirty,
	lsn: string,
) {
	const { source, target } = ends;
	const { goneUsers, ...done } = await writeBack(source, target, rules, dirty);
	const copiedFiles = await bytesBack(target, settings, rules, dirty, talk);
	await withTransaction(target, async () => {
		if (goneUsers.length > 0) {
			await target.query(
				"DELETE FROM cutover.identity_map m WHERE user_id = ANY($1::uuid[]) AND NOT EXISTS (SELECT FROM auth.users u WHERE u.id = m.user_id)",
				[goneUsers],
			);
		}
		await movePosition(target, "reverse", lsn);
	});
	return { ...done, copiedFiles };
}

async function requireLoaded(target: Session): Promise<Conversion> {
	const conversion = await readRecorded(target);
	if (conversion?.isLoaded === true) return conversion;
	throw new RefusedError(
		"the target was never loaded from a source; there is nothing to carry back to",
	);
}
