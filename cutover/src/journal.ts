import type { Session } from "./adapters/postgres.ts";

/** What the journal in the target database knows of. */
export type JournalEvent =
	| "convert started"
	| "convert loaded"
	| "catch-up"
	| "capture started"
	| "capture ended"
	| "fence on"
	| "fence off"
	| "live"
	| "rolled back"
	| "forward again"
	| "schema rollback";

/** Writes down what happened, in the target database. */
export async function record(
	target: Session,
	event: JournalEvent,
	detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
	await target.query(
		"INSERT INTO cutover.journal (event, detail) VALUES ($1, $2)",
		[event, JSON.stringify(detail)],
	);
}

/** When the target went live (ISO 8601), or undefined while it has not, and when it was rolled back since. */
export async function liveSince(target: Session): Promise<string | undefined> {
	const last = await lastTurn(target);
	return last?.event === "live" ? last.at : undefined;
}

/** When the target was rolled back (ISO 8601), as long as nothing has come from the source since. */
export async function rolledBackSince(
	target: Session,
): Promise<string | undefined> {
	const last = await lastTurn(target);
	return last?.event === "rolled back" ? last.at : undefined;
}

/** The last event that turned the direction. */
async function lastTurn(
	target: Session,
): Promise<{ readonly event: string; readonly at: string } | undefined> {
	const { rows } = await target.query<{ event: string; at: Date }>(
		"SELECT event, at FROM cutover.journal WHERE event IN ('live', 'rolled back', 'forward again') ORDER BY id DESC LIMIT 1",
	);
	const [row] = rows;
	return row && { event: row.event, at: row.at.toISOString() };
}

/** Transactions of the target from this one on came after it went live; undefined when nobody wrote it down. */
export async function liveXmin(target: Session): Promise<string | undefined> {
	const { rows } = await target.query<{ xmin: string | null }>(
		"SELECT detail ->> 'xmin' AS xmin FROM cutover.journal WHERE event = 'live' ORDER BY id DESC LIMIT 1",
	);
	return rows[0]?.xmin ?? undefined;
}

/** Declares the target live, from the present transaction on. */
export async function recordLive(
	target: Session,
	fencedSeconds: number,
): Promise<void> {
	await target.query(
		"INSERT INTO cutover.journal (event, detail) SELECT 'live', jsonb_build_object('fencedSeconds', $1::numeric, 'xmin', pg_snapshot_xmin(pg_current_snapshot())::text)",
		[fencedSeconds],
	);
}

/** The last fence event with its time and detail, or undefined when there was none. */
export async function lastFence(target: Session): Promise<
	| {
			readonly event: "fence on" | "fence off";
			readonly at: string;
			readonly detail: Readonly<Record<string, unknown>>;
	  }
	| undefined
> {
	const { rows } = await target.query<{
		event: "fence on" | "fence off";
		at: Date;
		detail: Record<string, unknown>;
	}>(
		"SELECT event, at, detail FROM cutover.journal WHERE event IN ('fence on', 'fence off') ORDER BY id DESC LIMIT 1",
	);
	const row = rows[0];
	return row && { ...row, at: row.at.toISOString() };
}
