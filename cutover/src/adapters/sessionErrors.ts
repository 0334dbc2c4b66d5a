import pg from "pg";
import { ConnectionLostError, DiskFullError, reasonOf } from "../errors.ts";

/** What is known of a session's server when one of its queries fails. */
interface Server {
	readonly what: string;
	readonly address: string;
	/** Why the connection ended while nothing was asked; later queries only hear that it did. */
	endedBecause: unknown;
}

const servers = new WeakMap<pg.Client, Server>();

/** Makes every error of this session that is the server's or the network's fault say which server it is about. */
export function nameServer(client: pg.Client, what: string): void {
	const address = `${client.host}:${client.port}`;
	const server: Server = { what, address, endedBecause: undefined };
	servers.set(client, server);
	// A session that breaks while idle would otherwise end the process; the next query reports it.
	client.on("error", (error) => {
		server.endedBecause ??= error;
	});
	const query = client.query.bind(client) as (...given: unknown[]) => unknown;
	const named = (...given: unknown[]) => {
		const answer = query(...given);
		if (!(answer instanceof Promise)) return answer;
		return answer.catch((error: unknown) => {
			throw explainFailure(client, error);
		});
	};
	client.query = named as typeof client.query;
}

/** The error as somebody can act on it who does not know which session it came from. */
export function explainFailure(client: pg.Client, error: unknown): unknown {
	const server = servers.get(client);
	if (server === undefined) return error;
	const { what, address } = server;
	if (error instanceof pg.DatabaseError && error.code === "53100") {
		return new DiskFullError(what, address, error);
	}
	if (!isLoss(error)) return error;
	return new ConnectionLostError(what, address, server.endedBecause ?? error);
}

/** Servers that stop, administrators, and sessions that idled too long end connections with these. */
const endings = new Set(["57P01", "57P02", "57P03", "57P05", "25P03"]);

function isLoss(error: unknown): boolean {
	if (error instanceof pg.DatabaseError) {
		const { code = "" } = error;
		return endings.has(code) || code.startsWith("08");
	}
	if (!(error instanceof Error)) return false;
	const code = "code" in error ? String(error.code) : "";
	return (
		/^(ECONN(RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(
			code,
		) ||
		/^Connection terminated|not queryable|^Client was closed/.test(
			reasonOf(error),
		)
	);
}
