import pg from "pg";
import {
	ConnectionLostError,
	DiskFullError,
	RefusedError,
	reasonOf,
	UnreachableError,
} from "../errors.ts";
import { type TlsSettings, tlsSettings, withoutTls } from "./postgresTls.ts";
import { nameServer } from "./sessionErrors.ts";

/** One session with a server. */
export type Session = pg.Client;

/** What a session is for; shown to the people who look at the server's activity. */
export interface SessionOptions {
	/** "source" or "target", as it shall appear in error messages. */
	readonly what: string;
	/** Everything in the session is read only unless a transaction says otherwise. Default: false. */
	readonly readOnly?: boolean;
	/** Name in `pg_stat_activity`. Default: "cutover". */
	readonly applicationName?: string;
	/** Longest wait for the connection. Default: 10000. */
	readonly connectTimeoutMs?: number;
}

/**
 * Opens a session. Parts that the URL leaves out come from PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE
 * and PGSSLROOTCERT, so that `postgresql:///name` works with credentials given by environment.
 *
 * @throws UnreachableError when nobody answers, RefusedError when the server turns the login down.
 */
export async function connect(
	url: string,
	options: SessionOptions,
): Promise<Session> {
	const tls = tlsSettings(url, process.env);
	const client = await open(url, options, tls.wanted);
	if (client instanceof pg.Client) return client;
	if (tls.isOptional && /does not support SSL/.test(client.message)) {
		const plain = await open(url, options, false);
		if (plain instanceof pg.Client) return plain;
		throw plain;
	}
	throw client;
}

/** Opens a session, hands it to the work and closes it whatever happens. */
export async function withSession<T>(
	url: string,
	options: SessionOptions,
	work: (session: Session) => Promise<T>,
): Promise<T> {
	const session = await connect(url, options);
	try {
		return await work(session);
	} finally {
		await endQuietly(session);
	}
}

/** Runs the work in one transaction: committed when it returns, rolled back when it throws. */
export async function withTransaction<T>(
	session: Session,
	work: () => Promise<T>,
): Promise<T> {
	await session.query("BEGIN");
	try {
		const value = await work();
		await session.query("COMMIT");
		return value;
	} catch (error) {
		// The first error wins; a connection that is gone cannot roll back and need not.
		await session.query("ROLLBACK").catch(() => undefined);
		throw error;
	}
}

/** Closes a session without minding that it may be broken already. */
export async function endQuietly(session: Session): Promise<void> {
	await session.end().catch(() => undefined);
}

/** Cuts a session's connection at once, also in the middle of a COPY. */
export function cut(session: Session): void {
	(
		session as unknown as {
			connection: { stream: { destroy(): void } };
		}
	).connection.stream.destroy();
}

/** A string as SQL literal. */
export const literal = pg.escapeLiteral;

/** A name as SQL identifier. */
export const identifier = pg.escapeIdentifier;

/** The server's error code (SQLSTATE), or undefined for other errors. */
export function sqlState(error: unknown): string | undefined {
	return error instanceof pg.DatabaseError ? error.code : undefined;
}

/**
 * What the server says about an error, with its detail and hint; for other errors their text. Its advice to CASCADE is
 * left out: somebody might follow it.
 */
export function fullReason(error: unknown): string {
	if (!(error instanceof pg.DatabaseError)) return reasonOf(error);
	const { message, detail, hint } = error;
	const about = detail ? ` (${detail.replaceAll("\n", "; ")})` : "";
	const advice = hint && !hint.includes("CASCADE") ? `; ${hint}` : "";
	return `${message}${about}${advice}`;
}

/**
 * Makes the server end a query whose client was killed: it would go on to its end, holding its locks, and keep the next
 * run out. And keeps it from ending a session that builds an index for an hour, or holds a snapshot meanwhile, because of
 * the time-outs of its role, database or server; what the URL's `options` say themselves stays. Settings that a server
 * does not know are left out.
 */
const ownSettings = (
	isReadOnly: boolean,
) => `SELECT set_config(s.name, w.value, false) FROM (VALUES
		('client_connection_check_interval', '2s'), ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'),
		('statement_timeout', '0'), ('transaction_timeout', '0')${isReadOnly ? ", ('default_transaction_read_only', 'on')" : ""}) AS w(name, value)
	JOIN pg_settings s USING (name) WHERE s.source <> 'client'`;

async function open(
	url: string,
	options: SessionOptions,
	tls: TlsSettings,
): Promise<Session | Error> {
	const client = createClient(url, options, tls);
	try {
		await client.connect();
		await client.query(ownSettings(options.readOnly === true));
		return client;
	} catch (error) {
		await client.end().catch(() => undefined);
		if (error instanceof ConnectionLostError || error instanceof DiskFullError)
			return error;
		const address = `${client.host}:${client.port}`;
		if (error instanceof pg.DatabaseError && error.code?.startsWith("28")) {
			return new RefusedError(
				`the ${options.what} at ${address} refuses the login of "${client.user}": ${error.message}; check user and password`,
				{ cause: error },
			);
		}
		return new UnreachableError(options.what, address, error);
	}
}

function createClient(
	url: string,
	options: SessionOptions,
	tls: TlsSettings,
): Session {
	const client = new pg.Client({
		connectionString: withoutTls(url),
		application_name: options.applicationName ?? "cutover",
		connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
		keepAlive: true,
		// A path that died without a word is noticed in less than a minute; by itself the system begins to ask after two hours.
		keepAliveInitialDelayMillis: 10_000,
		ssl: tls,
	});
	nameServer(client, options.what);
	return client;
}
