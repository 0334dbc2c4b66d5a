import type { Session } from "../adapters/postgres.ts";
import { compareLsn } from "../capture/lsn.ts";
import { capturePreflight } from "../capture/preflight.ts";
import { ensurePublication } from "../capture/publication.ts";
import { createSlot, dropSlot, requireSlot } from "../capture/slot.ts";
import type { CapturedTable } from "../capture/tables.ts";
import type { Talk } from "../console.ts";
import { quoteName } from "../conversion/sqlNames.ts";
import { placeOf } from "../convert/preflight.ts";
import { fingerprint } from "../convert/state.ts";
import { RefusedError } from "../errors.ts";
import { record } from "../journal.ts";
import type { SyncSettings } from "./settings.ts";

/** Which way changes travel: to the target, or back to the legacy tables after the cutover. */
export type Direction = "forward" | "reverse";

/** A replication slot whose changes are taken over, as the target remembers it. */
export interface Feed {
	readonly direction: Direction;
	readonly slot: string;
	readonly publication: string;
	/** Everything that committed before is on the other side. */
	readonly position: string;
}

/** What it takes to open a feed. */
export interface OpenFeed {
	readonly direction: Direction;
	readonly settings: Pick<SyncSettings, "renewSlot" | "unlimitedWal">;
	readonly talk: Talk;
	tables(): Promise<readonly CapturedTable[]>;
	/** Brings the other side up to the moment from which the slot reports. */
	begin(position: string): Promise<unknown>;
}

/**
 * Goes on with the feed that the target remembers, or makes slot and publication and begins. It is remembered only once
 * it has begun: a run that was killed before begins again.
 */
export async function openFeed(
	session: Session,
	target: Session,
	{ direction, settings, talk, tables, begin }: OpenFeed,
): Promise<Feed> {
	if (settings.renewSlot) await closeFeed(session, target, direction);
	const known = await readFeed(target, direction);
	if (known !== undefined) {
		await requireFeed(session, known);
		return known;
	}
	const name = await feedName(target, direction);
	const { unlimitedWal } = settings;
	const position = await openSlot(session, name, await tables(), {
		unlimitedWal,
		talk,
	});
	const side = direction === "forward" ? "source" : "target";
	talk.say(`following the ${side} from ${position} (slot ${name})`);
	await begin(position);
	const feed: Feed = { direction, slot: name, publication: name, position };
	await recordFeed(target, feed);
	return feed;
}

/** The name of slot and publication: one for each target and direction, so that two targets of one source never share. */
export async function feedName(
	target: Session,
	direction: Direction,
): Promise<string> {
	return `cutover_${direction}_${fingerprint(await placeOf(target))}`;
}

/** The feed that the target remembers, or undefined when there is none. */
export async function readFeed(
	target: Session,
	direction: Direction,
): Promise<Feed | undefined> {
	const { rows } = await target.query<Omit<Feed, "direction">>(
		"SELECT slot, publication, position::text AS position FROM cutover.capture WHERE direction = $1",
		[direction],
	);
	const row = rows[0];
	return row && { direction, ...row };
}

/**
 * Makes publication and slot where they are missing, and answers where the slot stands. A snapshot taken afterwards,
 * together with the slot's changes, misses nothing.
 *
 * @throws RefusedError naming everything that stands in the way.
 */
async function openSlot(
	session: Session,
	name: string,
	tables: readonly CapturedTable[],
	options: { readonly unlimitedWal: boolean; readonly talk: Talk },
): Promise<string> {
	const checks = await capturePreflight(session, tables, name);
	const problems = checks.filter(({ outcome }) => outcome !== "passed");
	for (const check of problems) {
		const line = `${check.name}: expected ${check.expected}, got ${check.actual}`;
		const isAccepted = check.outcome === "inconclusive" && options.unlimitedWal;
		if (isAccepted) options.talk.say(`accepted with --unlimited-wal: ${line}`);
	}
	const standing = problems.filter(
		({ outcome }) => outcome !== "inconclusive" || !options.unlimitedWal,
	);
	if (standing.length > 0) {
		throw new RefusedError(
			`changes cannot be followed: ${standing.map((check) => [`${check.name}: expected ${check.expected}, got ${check.actual}`, ...(check.details ?? [])].join("; ")).join(" · ")}`,
		);
	}
	await ensurePublication(session, name, tables);
	return (await createSlot(session, name)).lsn;
}

/** Writes down that everything before the position is on the other side, from where the slot's changes go on. */
async function recordFeed(target: Session, feed: Feed): Promise<void> {
	await target.query(
		"INSERT INTO cutover.capture (direction, slot, publication, position) VALUES ($1, $2, $3, $4::pg_lsn) ON CONFLICT (direction) DO UPDATE SET slot = excluded.slot, publication = excluded.publication, position = excluded.position, created_at = now(), moved_at = NULL",
		[feed.direction, feed.slot, feed.publication, feed.position],
	);
	const { direction, slot, position } = feed;
	await record(target, "capture started", { direction, slot, position });
}

/** Moves the recorded position; to be called in the transaction that writes the rows. Never backwards. */
export async function movePosition(
	target: Session,
	direction: Direction,
	lsn: string,
): Promise<void> {
	await target.query(
		"UPDATE cutover.capture SET position = $2::pg_lsn, moved_at = now() WHERE direction = $1 AND position < $2::pg_lsn",
		[direction, lsn],
	);
}

/**
 * Refuses a slot that was moved on by somebody else: changes between the two positions are nowhere to be had.
 *
 * @throws SlotLostError when the slot is gone; RefusedError when it stands behind what was taken over.
 */
async function requireFeed(session: Session, feed: Feed): Promise<void> {
	const { confirmedLsn } = await requireSlot(session, feed.slot);
	if (compareLsn(confirmedLsn, feed.position) <= 0) return;
	throw new RefusedError(
		`the replication slot "${feed.slot}" stands at ${confirmedLsn}, but only changes up to ${feed.position} were taken over: somebody else moved it on; run cutover sync --renew-slot: drops it, makes a new one and compares by transaction age`,
	);
}

/** Removes slot and publication from the server, and the feed from the target's memory. Repeatable. */
export async function closeFeed(
	session: Session,
	target: Session,
	direction: Direction,
): Promise<void> {
	const feed = await readFeed(target, direction);
	const name = await feedName(target, direction);
	await dropSlot(session, feed?.slot ?? name);
	await dropPublication(session, feed?.publication ?? name);
	const gone = await target.query(
		"DELETE FROM cutover.capture WHERE direction = $1",
		[direction],
	);
	if (gone.rowCount === 1) await record(target, "capture ended", { direction });
}

/** A publication takes no room: one that may not be removed, since its owner made it, stays. */
async function dropPublication(session: Session, name: string): Promise<void> {
	const { rows } = await session.query<{ owned: boolean }>(
		"SELECT pg_has_role(pubowner, 'USAGE') AS owned FROM pg_publication WHERE pubname = $1",
		[name],
	);
	if (rows[0]?.owned !== true) return;
	await session.query("BEGIN READ WRITE");
	try {
		await session.query(`DROP PUBLICATION IF EXISTS ${quoteName(name)}`);
		await session.query("COMMIT");
	} catch (error) {
		// The session goes on to be used; one that is gone cannot roll back and need not.
		await session.query("ROLLBACK").catch(() => undefined);
		throw error;
	}
}

/** The tables as the server's catalog spells them, for the mapping's names. */
export async function catalogNames(
	session: Session,
	tables: readonly string[],
	quoted: readonly string[],
): Promise<ReadonlyMap<string, string>> {
	const { rows } = await session.query<{ name: string; full: string }>(
		"SELECT wanted.name, n.nspname || '.' || c.relname AS full FROM unnest($1::text[], $2::text[]) AS wanted(name, quoted) JOIN pg_class c ON c.oid = to_regclass(wanted.quoted) JOIN pg_namespace n ON n.oid = c.relnamespace",
		[tables, quoted],
	);
	return new Map(rows.map((row) => [row.full, row.name]));
}
