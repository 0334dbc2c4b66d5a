import {
	type Session,
	withSession,
	withTransaction,
} from "../../adapters/postgres.ts";
import type { Talk } from "../../console.ts";
import type { Ends } from "../../convert/ends.ts";
import { type Conversion, readRecorded } from "../../convert/state.ts";
import { RefusedError } from "../../errors.ts";
import { liveXmin } from "../../journal.ts";
import { movePosition, openFeed } from "../feed.ts";
import { createFollower, type Follower, type Taken } from "../follower.ts";
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
	signal: AbortSignal,
	work: (follower: Follower) => Promise<T>,
): Promise<T> {
	const { source, target } = ends;
	const conversion = await requireLoaded(target);
	const { mapping } = conversion.rules;
	await requireOneWay(source, target, conversion.rules, settings.appRole);
	// Values of both sides are compared as text.
	for (const session of [source, target])
		await session.query("SET TIME ZONE 'UTC'");
	return await withSession(
		settings.target,
		{ what: "target", applicationName: "cutover sync" },
		async (slotSession) => {
			const take = (dirty: Dirty, lsn: string) =>
				takeBack(ends, settings, { talk, signal }, conversion, dirty, lsn);
			const feed = await openFeed(slotSession, target, {
				direction: "reverse",
				settings,
				talk,
				tables: async () => followedTables(mapping),
				begin: async (position) =>
					await take(await sinceLive(ends, conversion), position),
			});
			return await work(
				createFollower(slotSession, feed, roundChanges, async (peeked) =>
					take(
						peeked.truncated.size > 0
							? await sinceLive(ends, conversion)
							: dirtyOf(peeked, mapping),
						peeked.lsn,
					),
				),
			);
		},
	);
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
	told: { readonly talk: Talk; readonly signal: AbortSignal },
	{ rules }: Conversion,
	dirty: Dirty,
	lsn: string,
): Promise<Taken> {
	const { source, target } = ends;
	const { goneUsers, ...done } = await writeBack(
		source,
		target,
		rules,
		dirty,
		told,
	);
	const { talk } = told;
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
