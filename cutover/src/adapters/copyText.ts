import type { Session } from "./postgres.ts";
import { explainFailure } from "./sessionErrors.ts";

/** What pg calls on the query under way; only what a COPY TO meets. */
interface ActiveQuery {
	submit(connection: { query(text: string): void }): void;
	handleCopyData(message: { readonly chunk: Buffer }): void;
	handleCommandComplete(message: { readonly text?: string }): void;
	handleReadyForQuery(): void;
	handleError(error: Error): void;
}

/**
 * Reads the rows of a query as COPY's text form writes them, one call per row: `row` up to `end`, where its line end
 * stands. The bytes are only good during the call. Nothing is kept: reading goes no faster than the rows are looked at.
 *
 * @returns the number of rows. Rejects with the server's error, naming it when it is lost, or with what `onRow` threw once
 * the rest was read over.
 */
export async function readRows(
	session: Session,
	select: string,
	onRow: (row: Buffer, end: number) => void,
): Promise<number> {
	return await new Promise<number>((resolve, reject) => {
		let rows = 0;
		let problem: { readonly error: unknown } | undefined;
		const onEnd = () => {
			if (problem === undefined) resolve(rows);
			else reject(problem.error);
		};
		const reader: ActiveQuery = {
			submit(connection) {
				connection.query(`COPY (${select}) TO STDOUT`);
			},
			// The server sends one message per row: its protocol says so.
			handleCopyData({ chunk }) {
				if (problem !== undefined) return;
				rows += 1;
				try {
					onRow(chunk, chunk.length - 1);
				} catch (error) {
					problem = { error };
				}
			},
			handleCommandComplete: () => undefined,
			handleReadyForQuery: onEnd,
			handleError: (error) => reject(explainFailure(session, error)),
		};
		session.query(reader as unknown as Parameters<Session["query"]>[0]);
	});
}
