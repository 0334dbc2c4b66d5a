import { type Session, withSession } from "../adapters/postgres.ts";
import { slotState } from "../capture/slot.ts";
import type { Talk } from "../console.ts";
import { addSentence } from "../errors.ts";
import { type Direction, feedName, readFeed } from "./feed.ts";

type Sides = Readonly<Record<"source" | "target", string>>;

/**
 * Does work that follows a slot. An error says in its text which slot stays on the server, and what to do about it.
 *
 * @param work tells which slot it will make or use, before it does.
 */
export async function sayingWhatStays<T>(
	urls: Sides,
	talk: Talk,
	signal: AbortSignal,
	work: (onSlot: (slot: UsedSlot) => void) => Promise<T>,
): Promise<T> {
	let used: UsedSlot | undefined;
	try {
		return await work((slot) => {
			used = slot;
		});
	} catch (error) {
		if (used === undefined || !(await isKept(used, urls))) throw error;
		const sentence = keptText(used);
		// Whoever stopped it is told no reason at the end.
		if (signal.aborted) talk.say(sentence);
		throw addSentence(error, sentence);
	}
}

/** The slot that a run works with. */
export interface UsedSlot {
	readonly direction: Direction;
	readonly name: string;
	/** The target remembers it from an earlier run. */
	readonly isRecorded: boolean;
}

export async function usedSlot(
	target: Session,
	direction: Direction,
): Promise<UsedSlot> {
	const feed = await readFeed(target, direction);
	const name = feed?.slot ?? (await feedName(target, direction));
	return { direction, name, isRecorded: feed !== undefined };
}

/** Time to wait for a server that is asked after something broke (ms). */
const askTimeoutMs = 2_000;

/** Whether a slot is there and keeps WAL, asked with a session of its own: those of the work may be what broke. */
async function isKept(
	{ direction, name, isRecorded }: UsedSlot,
	urls: Sides,
): Promise<boolean> {
	const what = sideOf(direction);
	return await withSession(
		urls[what],
		{
			what,
			readOnly: true,
			applicationName: "cutover sync",
			connectTimeoutMs: askTimeoutMs,
		},
		async (session) => {
			const state = await slotState(session, name);
			return state !== undefined && state.walStatus !== "lost";
		},
	).catch(() => isRecorded);
}

/** What becomes of the slot of a run that broke off. */
function keptText({ direction, name }: UsedSlot): string {
	const command =
		direction === "forward" ? "cutover sync" : "cutover sync --reverse";
	return `the replication slot "${name}" stays, so that nothing is lost, and keeps WAL on the ${sideOf(direction)} meanwhile: run ${command} again to go on from there, or ${command} --stop to remove it`;
}

function sideOf(direction: Direction): "source" | "target" {
	return direction === "forward" ? "source" : "target";
}
