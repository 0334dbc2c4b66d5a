import {
	connect,
	cut,
	endQuietly,
	type Session,
} from "../adapters/postgres.ts";
import type { LockWait } from "../adapters/tableLocks.ts";

/** Sessions that work side by side on the target. */
export interface Lanes {
	readonly sessions: readonly Session[];
	/** How to wait for tables that somebody else uses. */
	readonly wait: LockWait;
}

/**
 * Opens the sessions and hands them to the work. When the signal says stop they are cut in the middle of whatever they do,
 * and the server ends that itself.
 */
export async function withLanes<T>(
	{ url, workers }: { readonly url: string; readonly workers: number },
	wait: LockWait,
	work: (lanes: Lanes) => Promise<T>,
): Promise<T> {
	const { signal } = wait;
	const sessions: Session[] = [];
	const cutAll = () => {
		for (const session of sessions) cut(session);
	};
	signal.addEventListener("abort", cutAll);
	try {
		for (let lane = 0; lane < workers; lane += 1) {
			signal.throwIfAborted();
			sessions.push(
				await connect(url, {
					what: "target",
					applicationName: "cutover convert finish",
				}),
			);
		}
		return await work({ sessions, wait });
	} catch (error) {
		signal.throwIfAborted();
		throw error;
	} finally {
		signal.removeEventListener("abort", cutAll);
		await Promise.all(sessions.map(endQuietly));
	}
}

/**
 * Takes every item of a queue to some session, in order. When one fails no further one begins; those that are under way end
 * first, so that nothing of theirs is lost.
 */
export async function inLanes<T>(
	{ sessions, wait: { signal } }: Lanes,
	items: readonly T[],
	work: (session: Session, item: T) => Promise<void>,
): Promise<void> {
	const queue = [...items];
	const lane = async (session: Session) => {
		try {
			for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
				signal.throwIfAborted();
				await work(session, item);
			}
		} catch (error) {
			queue.length = 0;
			throw error;
		}
	};
	const ended = await Promise.allSettled(sessions.map(lane));
	for (const one of ended) if (one.status === "rejected") throw one.reason;
}
