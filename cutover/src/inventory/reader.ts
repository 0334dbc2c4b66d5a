import { type Session, sqlState } from "../adapters/postgres.ts";
import { reasonOf } from "../errors.ts";
import type { Part, Unread } from "./facts.ts";

/** Reads from one moment of the source; what cannot be read is noted, and the rest goes on. */
export interface Reader {
	readonly session: Session;
	readonly unread: readonly Unread[];
	/** The value of the work, or undefined when the server turned it down. */
	attempt<T>(
		part: Part,
		what: string,
		work: () => Promise<T>,
	): Promise<T | undefined>;
	/** The same without a note: there is another way to ask. */
	probe<T>(work: () => Promise<T>): Promise<T | undefined>;
	/** The rows of a query; none when the server turned it down. */
	rows<T extends object>(
		part: Part,
		what: string,
		sql: string,
		values?: readonly unknown[],
	): Promise<readonly T[]>;
	/** Notes something that was not even tried. */
	skip(part: Part, what: string, why: string): void;
}

export interface ReaderLimits {
	readonly statementTimeoutSeconds: number;
	readonly lockTimeoutSeconds: number;
}

/** Begins one read-only moment of the source and answers the reader with the id of the snapshot. */
export async function openReader(
	session: Session,
	limits: ReaderLimits,
	signal: AbortSignal,
): Promise<{ reader: Reader; snapshot: string }> {
	await session.query(
		"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
	);
	// Settings that a server does not know are left out. Row security off: rather an error than rows that are hidden.
	await session.query(
		"SELECT set_config(s.name, w.value, true) FROM unnest($1::text[], $2::text[]) AS w(name, value) JOIN pg_settings s USING (name)",
		[
			[
				"statement_timeout",
				"lock_timeout",
				"idle_in_transaction_session_timeout",
				"transaction_timeout",
				"row_security",
			],
			[
				`${limits.statementTimeoutSeconds}s`,
				`${limits.lockTimeoutSeconds}s`,
				"0",
				"0",
				"off",
			],
		],
	);
	const { rows } = await session.query<{ id: string }>(
		"SELECT pg_export_snapshot() AS id",
	);
	return {
		reader: createReader(session, limits, signal),
		snapshot: rows[0]?.id ?? "",
	};
}

function createReader(
	session: Session,
	limits: ReaderLimits,
	signal: AbortSignal,
): Reader {
	const unread: Unread[] = [];
	const guarded = async <T>(
		work: () => Promise<T>,
		onRefusal: (error: unknown) => void,
	): Promise<T | undefined> => {
		signal.throwIfAborted();
		await session.query("SAVEPOINT inventory");
		try {
			const value = await work();
			await session.query("RELEASE SAVEPOINT inventory");
			return value;
		} catch (error) {
			signal.throwIfAborted();
			if (!isAnswer(error)) throw error;
			await session.query(
				"ROLLBACK TO SAVEPOINT inventory; RELEASE SAVEPOINT inventory",
			);
			onRefusal(error);
			return undefined;
		}
	};
	const attempt: Reader["attempt"] = async (part, what, work) =>
		await guarded(work, (error) => {
			unread.push({ part, what, why: explain(error, limits) });
		});
	return {
		session,
		unread,
		attempt,
		probe: async (work) => await guarded(work, () => undefined),
		skip: (part, what, why) => unread.push({ part, what, why }),
		async rows<T extends object>(
			part: Part,
			what: string,
			sql: string,
			values: readonly unknown[] = [],
		) {
			const found = await attempt(part, what, () =>
				session.query<T>(sql, [...values]),
			);
			return found?.rows ?? [];
		},
	};
}

/** The server said no to this one question and goes on; anything else is the end of the session, or our own fault. */
function isAnswer(error: unknown): boolean {
	const state = sqlState(error);
	return state !== undefined && !/^(08|25P|57P)/.test(state);
}

function explain(error: unknown, limits: ReaderLimits): string {
	const reason = reasonOf(error);
	switch (sqlState(error)) {
		case "42501":
			return /row-level security/.test(reason)
				? `${reason}; use a role with BYPASSRLS, or the owner of the table`
				: `${reason}; grant the role SELECT on it, or membership in pg_read_all_data`;
		case "55P03":
			return `somebody holds a lock on it for longer than ${limits.lockTimeoutSeconds} s; run again when it is free`;
		case "57014":
			return `it took longer than ${limits.statementTimeoutSeconds} s; give more with --statement-timeout-seconds`;
		default:
			return reason;
	}
}
