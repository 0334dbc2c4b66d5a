import { setTimeout as sleep } from "node:timers/promises";
import { type Session, withSession } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { RefusedError, reasonOf, StillFencedError } from "../errors.ts";
import { lowerFence } from "../fence/fence.ts";
import { liveSince, record } from "../journal.ts";
import type { FinalSyncSettings } from "./settings.ts";

type Ends = Pick<FinalSyncSettings, "source" | "target" | "appRole">;

/** How long a source that does not answer is asked again; shorter when somebody asked to stop, and may end us soon. */
export interface Insistence {
	readonly longestMs: number;
	readonly stoppedMs: number;
	readonly pauseMs: number;
}

const usual: Insistence = {
	longestMs: 120_000,
	stoppedMs: 25_000,
	pauseMs: 2_000,
};

/**
 * Takes the fence off with sessions of its own: those of the work may be what broke. A source that is away, for example
 * because it fails over, would come back with the fence on: it is asked again until it answers.
 *
 * @throws StillFencedError when the fence stays on.
 */
export async function release(
	settings: Ends,
	talk: Talk,
	signal: AbortSignal,
	{ longestMs, stoppedMs, pauseMs }: Insistence = usual,
): Promise<void> {
	talk.say("taking the fence off again; a second Ctrl-C would leave it on");
	const startedAt = performance.now();
	for (;;) {
		try {
			const left = await withSession(
				settings.source,
				{ what: "source", readOnly: true, applicationName: "cutover fence" },
				(source) => lowerFence(source, settings.appRole),
			);
			if (left !== undefined)
				talk.say(`${left}: they stay read only until they end by themselves`);
			break;
		} catch (error) {
			const longest = signal.aborted ? stoppedMs : longestMs;
			const isOver = performance.now() - startedAt > longest;
			if (isOver || error instanceof RefusedError) {
				throw new StillFencedError(
					`the fence is still on, the legacy application cannot write: ${reasonOf(error)}; run: cutover fence off`,
					{ cause: error },
				);
			}
			talk.say(
				`the fence is still on: ${reasonOf(error)}; trying again in ${pauseMs / 1000} s`,
			);
			await sleep(pauseMs);
		}
	}
	talk.say("the fence is off again: the legacy application can write");
	try {
		await withSession(settings.target, { what: "target" }, (target) =>
			record(target, "fence off", { appRole: settings.appRole }),
		);
	} catch (error) {
		talk.say(`that could not be written down: ${reasonOf(error)}`);
	}
}

/** The session's process on its server. */
export async function processOf(session: Session): Promise<number> {
	const { rows } = await session.query<{ pid: number }>(
		"SELECT pg_backend_pid() AS pid",
	);
	return rows[0]?.pid ?? 0;
}

/**
 * Whether a target was declared live by a session that broke off while it did so. The session is ended first: its commit
 * may be waiting for a standby, and become visible only later.
 *
 * @param pid of the session's process on the server
 * @throws StillFencedError when nobody answers: then nobody knows.
 */
export async function wasDeclaredLive(
	url: string,
	pid: number,
): Promise<boolean> {
	try {
		return await withSession(
			url,
			{ what: "target", applicationName: "cutover fence" },
			async (target) => {
				const deadline = performance.now() + 10_000;
				for (;;) {
					const left = await target.query(
						"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND usename = current_user AND pid <> pg_backend_pid()",
						[pid],
					);
					if (left.rowCount === 0) break;
					if (performance.now() > deadline)
						throw new Error(`its process ${pid} does not end`);
					await sleep(50);
				}
				return (await liveSince(target)) !== undefined;
			},
		);
	} catch (error) {
		throw new StillFencedError(
			`nobody knows whether the target was declared live (${reasonOf(error)}), so the fence stays on; once the target answers run: cutover final-sync, which goes on, or cutover fence off, which goes back`,
			{ cause: error },
		);
	}
}
