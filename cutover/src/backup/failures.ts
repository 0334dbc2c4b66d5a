import { sqlState } from "../adapters/postgres.ts";
import { addressOf } from "../adapters/postgresTools.ts";
import type { ToolEnd } from "../adapters/tools.ts";
import {
	ConnectionLostError,
	DiskFullError,
	RefusedError,
	reasonOf,
	UnreachableError,
} from "../errors.ts";

/** How PostgreSQL's programs speak of a server that went away, or of the snapshot that went with it. */
const isLoss =
	/closed the connection|terminating connection|connection to server|not connect|invalid snapshot identifier|worker process died/i;

/**
 * What a program said when it failed.
 *
 * @param database the URL of the database that it was at work on; the error names server and database, and nothing secret.
 */
export function toolFailure(
	name: string,
	end: ToolEnd,
	database?: string,
): RefusedError {
	const bad = end.lines.filter((line) =>
		/error|fatal|could not|died|closed/i.test(line),
	);
	const why = (bad.length > 0 ? bad : end.lines).slice(-3).join("; ");
	const of = database === undefined ? "" : ` of ${addressOf(database)}`;
	const advice =
		database !== undefined && isLoss.test(why)
			? "; check the network and that the server runs (its log says more), then run this again"
			: "";
	return new RefusedError(
		`${name}${of} ended with ${end.how}${why === "" ? "" : `: ${why}`}${advice}`,
	);
}

/** A failure of reading a database, with server and database named where it does not name both by itself. */
export function namingDatabase(error: unknown, database: string): unknown {
	const address = addressOf(database);
	if (!(error instanceof Error) || error.message.includes(address)) {
		return error;
	}
	if (error instanceof ConnectionLostError) {
		return new ConnectionLostError("database", address, error.cause);
	}
	if (error instanceof UnreachableError) {
		return new UnreachableError("database", address, error.cause);
	}
	if (error instanceof DiskFullError) {
		return new DiskFullError("database", address, error.cause);
	}
	if (sqlState(error) === undefined && !(error instanceof RefusedError)) {
		return error;
	}
	return new RefusedError(`backing up ${address}: ${reasonOf(error)}`, {
		cause: error,
	});
}
