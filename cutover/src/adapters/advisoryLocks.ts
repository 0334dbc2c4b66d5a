import type { Session } from "./postgres.ts";

/** A session that holds an advisory lock. */
export interface LockHolder {
	/** `process 12 from 127.0.0.1 since ...` */
	readonly process: string;
	/** The same, after the name that the program gave itself. */
	readonly named: string;
}

/**
 * Who holds an advisory lock of this database, or undefined when nobody does any more.
 *
 * @param key what the lock was taken with: a number as text, or a text that `hashtextextended` made one of.
 */
export async function holderOfLock(
	session: Session,
	key: { readonly number: string } | { readonly text: string },
): Promise<LockHolder | undefined> {
	const [number, value] =
		"number" in key
			? ["$1::bigint", key.number]
			: ["hashtextextended($1, 0)", key.text];
	const { rows } = await session.query<{ process: string; name: string }>(
		`SELECT concat_ws(' ', 'process', pid, 'from ' || host(client_addr), 'since ' || backend_start::timestamptz(0)) AS process, application_name AS name
		FROM pg_locks JOIN pg_stat_activity USING (pid)
		WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ((classid::bigint << 32) | objid::bigint) = ${number}`,
		[value],
	);
	const [row] = rows;
	return (
		row && {
			process: row.process,
			named: row.name === "" ? row.process : `${row.name} ${row.process}`,
		}
	);
}
