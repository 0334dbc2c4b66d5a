import { setTimeout as sleep } from "node:timers/promises";
import { type Session, withSession } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import type { LoadSettings } from "./settings.ts";

export type PaceLimits = Pick<
	LoadSettings,
	"maxRate" | "maxReplicaLagMb" | "maxSourceSessions"
>;

/** Holds the load back, so that the legacy system and the standbys keep up. */
export interface Pace {
	/** Waits until the next rows may be loaded. */
	ready(rows: number): Promise<void>;
}

/** Sessions that the load is measured through. */
export interface PaceSessions {
	readonly source?: Session;
	readonly target?: Session;
	readonly signal: AbortSignal;
	/** Told why the load waits, once per reason. */
	readonly say: (line: string) => void;
}

const pollMs = 500;

/** Hands one pace to the work, with sessions of its own where something has to be measured. */
export async function withPace(
	settings: PaceLimits & Pick<LoadSettings, "source" | "target">,
	talk: Talk,
	signal: AbortSignal,
	work: (pace: Pace) => Promise<void>,
): Promise<void> {
	const { maxReplicaLagMb, maxSourceSessions } = settings;
	const say = (line: string) => talk.say(line);
	if (maxReplicaLagMb === undefined && maxSourceSessions === undefined) {
		return await work(createPace(settings, { signal, say }));
	}
	const named = { applicationName: "cutover convert pace" };
	await withSession(
		settings.source,
		{ ...named, what: "source", readOnly: true },
		(source) =>
			withSession(settings.target, { ...named, what: "target" }, (target) =>
				work(createPace(settings, { source, target, signal, say })),
			),
	);
}

/**
 * Refuses a limit that could never hold the load back: the server shows others' sessions and standbys only to those who may
 * see them, and counts nothing for all others.
 */
export async function requireSight(
	limits: PaceLimits,
	source: Session,
	target: Session,
): Promise<void> {
	const look = async (session: Session, what: string, option: string) => {
		const { rows } = await session.query<{
			sees: boolean;
			standbys: string;
			role: string;
		}>(
			"SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees, quote_ident(current_user) AS role, (SELECT count(*) FROM pg_stat_replication) AS standbys",
		);
		const [row] = rows;
		const isNeeded =
			option === "--max-source-sessions" || row?.standbys !== "0";
		if (row === undefined || row.sees || !isNeeded) return;
		throw new RefusedError(
			`${option}: the login ${row.role} may not see what it limits on the ${what}; let an administrator run there: GRANT pg_read_all_stats TO ${row.role}; or leave the option out`,
		);
	};
	if (limits.maxSourceSessions !== undefined) {
		await look(source, "source", "--max-source-sessions");
	}
	if (limits.maxReplicaLagMb !== undefined) {
		await look(source, "source", "--max-replica-lag-mb");
		await look(target, "target", "--max-replica-lag-mb");
	}
}

/** One pace for all workers of a process. */
export function createPace(limits: PaceLimits, around: PaceSessions): Pace {
	let nextAt = performance.now();
	let turn: Promise<void> = Promise.resolve();
	let said: string | undefined;
	const calm = async () => {
		for (;;) {
			around.signal.throwIfAborted();
			const reason = busyReason(limits, await measure(limits, around));
			if (reason !== said && reason !== undefined) around.say(reason);
			said = reason;
			if (reason === undefined) return;
			await sleep(pollMs, undefined, { signal: around.signal });
		}
	};
	return {
		ready(rows) {
			// One worker after the other: sessions answer one question at a time.
			turn = turn.then(async () => {
				await calm();
				if (limits.maxRate === undefined) return;
				const now = performance.now();
				const startAt = Math.max(now, nextAt);
				nextAt = startAt + (rows / limits.maxRate) * 1000;
				if (startAt > now) {
					await sleep(startAt - now, undefined, { signal: around.signal });
				}
			});
			return turn;
		},
	};
}

/** What is looked at, in MB and sessions; undefined where no limit asks for it. */
export interface Measured {
	readonly replicaLagMb?: number | undefined;
	readonly sourceSessions?: number | undefined;
}

/** Why the load has to wait, or undefined when it may go on. */
export function busyReason(
	limits: PaceLimits,
	{ replicaLagMb, sourceSessions }: Measured,
): string | undefined {
	if (
		limits.maxReplicaLagMb !== undefined &&
		(replicaLagMb ?? 0) > limits.maxReplicaLagMb
	) {
		return `waiting: a standby is ${Math.round(replicaLagMb ?? 0)} MB behind (--max-replica-lag-mb ${limits.maxReplicaLagMb})`;
	}
	if (
		limits.maxSourceSessions !== undefined &&
		(sourceSessions ?? 0) > limits.maxSourceSessions
	) {
		return `waiting: ${sourceSessions} sessions are at work on the source (--max-source-sessions ${limits.maxSourceSessions})`;
	}
	return undefined;
}

async function measure(
	limits: PaceLimits,
	{ source, target }: PaceSessions,
): Promise<Measured> {
	if (source === undefined || target === undefined) return {};
	return {
		replicaLagMb:
			limits.maxReplicaLagMb === undefined
				? undefined
				: Math.max(await lagMb(source), await lagMb(target)),
		sourceSessions:
			limits.maxSourceSessions === undefined
				? undefined
				: await sessionsAtWork(source),
	};
}

async function lagMb(session: Session): Promise<number> {
	const { rows } = await session.query<{ mb: string | null }>(
		"SELECT max(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, replay_lsn)) / 1e6 AS mb FROM pg_stat_replication",
	);
	return Number(rows[0]?.mb ?? 0);
}

async function sessionsAtWork(session: Session): Promise<number> {
	const { rows } = await session.query<{ count: string }>(
		"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' AND application_name NOT LIKE 'cutover%'",
	);
	return Number(rows[0]?.count ?? 0);
}
