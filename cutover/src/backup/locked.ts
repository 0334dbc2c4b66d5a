import { withSession } from "../adapters/postgres.ts";
import { usersOfTables } from "../adapters/tableLocks.ts";
import type { ToolEnd } from "../adapters/tools.ts";
import { RefusedError, reasonOf } from "../errors.ts";

/**
 * Longest wait for a table that somebody has to themselves (ms). The snapshot is held on the server meanwhile, which keeps it
 * from tidying up.
 */
export const lockTimeoutMs = 30_000;

/** Whether a program of PostgreSQL gave up waiting for a table. pg_dump limits nothing but its locks by a statement's time. */
export function isLockFailure({ lines }: Pick<ToolEnd, "lines">): boolean {
	return lines.some((line) =>
		/due to (statement|lock) timeout|could not obtain lock/.test(line),
	);
}

/**
 * A wait for a table that was given up, with who has the table and what to do.
 *
 * @param error what was given up.
 * @param database the URL of the database.
 */
export async function namingLockHolders(
	error: unknown,
	database: string,
): Promise<RefusedError> {
	// A session of its own: the one that waited has a failed transaction, or holds the snapshot.
	const holders = await withSession(
		database,
		{ what: "database", applicationName: "cutover backup" },
		// Nothing less keeps a reader out.
		(session) => usersOfTables(session, undefined, "AccessExclusiveLock"),
	).catch(
		(reason: unknown) =>
			`by whom could not be found out: ${reasonOf(reason)}; look into pg_locks`,
	);
	return new RefusedError(
		`${reasonOf(error)}; somebody has a table to themselves (${holders}): end that, or come back at a quieter time, then run this again`,
		{ cause: error },
	);
}
