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
	const reader = source.query(to(`COPY (${select}) TO STDOUT (FORMAT binary)`));
	const writer = target.query(from(`COPY ${into} FROM STDIN (FORMAT binary)`));
	// Each failure makes the other side fail too: the first one says which server it was.
	let first: unknown;
	const note = (session: Session) => (error: unknown) => {
		first ??= explainFailure(session, error);
	};
	reader.once("error", note(source));
	writer.once("error", note(target));
	try {
		await pipeline(reader, writer);
	} catch (error) {
		// Rows that nobody takes any more would keep whatever is asked of the session next waiting for ever.
		cut(source);
		throw first ?? error;
	}
	return writer.rowCount;
}
