import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from, to } from "pg-copy-streams";
import { cut, type Session } from "./postgres.ts";
import { explainFailure } from "./sessionErrors.ts";

/**
 * Pipes the rows of a SELECT on one server into a table of another: bytes go through unread, in the servers' binary
 * form. Returns the number of rows. After an error the target's transaction can be rolled back; the source's session is gone.
 */
export async function copyRows(
	source: Session,
	select: string,
	target: Session,
	into: string,
): Promise<number> {
	return await pourRows(drawRows(source, select), target, into);
}

/** Rows on their way from a source. They wait in its session, which can do nothing else until they are poured. */
export interface DrawnRows {
	readonly source: Session;
	readonly rows: Readable;
	/** What went wrong first. */
	failure?: unknown;
}

/** First half of `copyRows`: lets the source begin while the target is busy with something else. */
export function drawRows(source: Session, select: string): DrawnRows {
	const rows = source.query(to(`COPY (${select}) TO STDOUT (FORMAT binary)`));
	const drawn: DrawnRows = { source, rows };
	rows.on("error", (error) => {
		drawn.failure ??= explainFailure(source, error);
	});
	return drawn;
}

/** Second half of `copyRows`. */
export async function pourRows(
	drawn: DrawnRows,
	target: Session,
	into: string,
): Promise<number> {
	try {
		if (drawn.failure !== undefined) throw drawn.failure;
		const writer = target.query(
			from(`COPY ${into} FROM STDIN (FORMAT binary)`),
		);
		// Each failure makes the other side fail too: the first one says which server it was.
		writer.once("error", (error) => {
			drawn.failure ??= explainFailure(target, error);
		});
		await pipeline(drawn.rows, writer);
		return writer.rowCount;
	} catch (error) {
		// Rows that nobody takes any more would keep whatever is asked of the session next waiting for ever.
		cut(drawn.source);
		throw drawn.failure ?? error;
	}
}
