import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** The database takes no writes: the migration has fenced it. */
export class ReadOnlyError extends Error {
	override readonly name = "ReadOnlyError";
}

/** The database could not be reached, also not at a second try. */
export class DatabaseGoneError extends Error {
	override readonly name = "DatabaseGoneError";
}

/** Sends one statement and answers its rows. */
export type Query = <Row>(
	text: string,
	values?: readonly unknown[],
) => Promise<Row[]>;

export interface TransactionOptions {
	readonly access: "read" | "write";
	/** Whose rows may be seen and changed: row-level security is in force with this user id. Default: the service's own role. */
	readonly as?: string | number;
}

/** The pool of one backend process. Throws ReadOnlyError and DatabaseGoneError; other errors come as they are. */
export interface Database {
	transaction<T>(
		options: TransactionOptions,
		work: (query: Query) => Promise<T>,
	): Promise<T>;
	/** Whether the database answers within two seconds. */
	answers(): Promise<boolean>;
	close(): Promise<void>;
}

const tries = 3;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function openDatabase(options: {
	readonly url: string;
	readonly connections: number;
	readonly rowLevelSecurity: boolean;
}): Database {
	const pool = new pg.Pool({
		connectionString: options.url,
		max: options.connections,
		application_name: "trusted-login-backend",
		options: "-c TimeZone=UTC -c statement_timeout=10s",
		connectionTimeoutMillis: 3_000,
		idleTimeoutMillis: 60_000,
		keepAlive: true,
	});
	// An idle connection that the server ends is replaced by the pool; unheard, its error would end the process.
	pool.on("error", () => {});

	/** All sessions may be ended just as one is asked, by a fence for example: a new one answers after the last of them. */
	async function ask(): Promise<boolean> {
		for (let nth = 0; nth <= options.connections; nth += 1) {
			const answered = await pool.query("select 1").then(
				() => true,
				() => false,
			);
			if (answered) return true;
		}
		return false;
	}

	async function attempt<T>(
		begin: string,
		access: TransactionOptions["access"],
		work: (query: Query) => Promise<T>,
	): Promise<T> {
		const client = await pool.connect();
		let broken: Error | undefined;
		let committing = false;
		// A session ended between two statements reports it by an event, not by a rejected query.
		const onError = (error: Error): void => {
			broken = error;
		};
		client.on("error", onError);
		try {
			await client.query(begin);
			const result = await work(
				async <Row>(text: string, values: readonly unknown[] = []) => {
					const answer = await client.query(text, [...values]);
					return answer.rows as Row[];
				},
			);
			committing = true;
			await client.query("commit");
			return result;
		} catch (error) {
			if (isConnectionLoss(error)) {
				broken = toError(error);
				// Whether a write was committed is unknown: a second try could do it twice. A read can only be read again.
				if (committing && access === "write")
					throw new DatabaseGoneError("lost while committing");
			} else {
				await client.query("rollback").catch((failure: unknown) => {
					broken = toError(failure);
				});
			}
			throw error;
		} finally {
			client.off("error", onError);
			client.release(broken);
		}
	}

	return {
		async transaction(how, work) {
			const begin = beginText(how, options.rowLevelSecurity);
			for (let nth = 1; ; nth++) {
				try {
					return await attempt(begin, how.access, work);
				} catch (error) {
					if (codeOf(error) === "25006") {
						throw new ReadOnlyError("read only: migration in progress");
					}
					if (!isConnectionLoss(error)) throw error;
					if (nth === tries) {
						throw new DatabaseGoneError("the database is not answering", {
							cause: error,
						});
					}
					await sleep(20 * nth);
				}
			}
		},
		async answers() {
			const question = ask();
			const late = new AbortController();
			try {
				return await Promise.race([
					question,
					sleep(2_000, false, { signal: late.signal }),
				]);
			} finally {
				late.abort();
			}
		},
		close: () => pool.end(),
	};
}

/**
 * The statements that open a transaction, sent as one message. A write must not say `read write`: that would override
 * the `default_transaction_read_only` of the fence.
 */
export function beginText(
	how: TransactionOptions,
	rowLevelSecurity: boolean,
): string {
	const begin = how.access === "read" ? "begin read only" : "begin";
	if (!rowLevelSecurity || how.as === undefined) return begin;
	const id = String(how.as);
	if (!uuid.test(id)) throw new Error("expected a user id that is a UUID");
	return `${begin}; set local role authenticated; select set_config('request.jwt.claim.sub', '${id}', true), set_config('request.jwt.claim.role', 'authenticated', true)`;
}

/** The SQLSTATE or system error code of an error. */
export function codeOf(error: unknown): string | undefined {
	return error instanceof Error && "code" in error
		? String(error.code)
		: undefined;
}

/** The session is gone (ended by the server, network) as opposed to a statement that was refused. */
export function isConnectionLoss(error: unknown): boolean {
	const code = codeOf(error);
	if (code !== undefined) {
		return /^(57P0[123]|08\w{3}|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)$/.test(
			code,
		);
	}
	return (
		error instanceof Error &&
		/^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/.test(
			error.message,
		)
	);
}

function toError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}
