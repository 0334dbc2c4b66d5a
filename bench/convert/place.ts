import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { NotAvailableError } from "../../cutover/src/errors.ts";
import {
	findPostgresServer,
	findPostgresTools,
} from "../../rehearsal/engine/postgres.ts";
import { bundleCutover } from "../../rehearsal/images/bundle.ts";
import { type Clients, createClients } from "./clients.ts";
import { createRoles } from "./databases.ts";
import { createFolder, removeLeftovers } from "./leftovers.ts";
import { type Server, serverSettings, startServer } from "./server.ts";

/** Two servers, the programs' runner and the bundled command line: where everything is measured. */
export interface Place {
	readonly source: Server;
	readonly target: Server;
	readonly clients: Clients;
	/** The bundled command line. */
	readonly cutover: string;
	readonly folder: string;
	readonly postgresVersion: string;
}

/**
 * Makes the place, hands it to the work and removes every trace of it, whatever happens. An aborted signal ends the
 * programs and the servers at once.
 */
export async function withPlace<T>(
	signal: AbortSignal,
	say: (line: string) => void,
	work: (place: Place) => Promise<T>,
): Promise<T> {
	if (process.platform !== "linux") {
		throw new NotAvailableError(
			`expected Linux, whose /proc tells the CPU time of every process; got ${process.platform}; run it in a Linux machine or container`,
		);
	}
	const server = findPostgresServer();
	if (server === undefined || findPostgresTools() === undefined) {
		throw new NotAvailableError(
			"expected a PostgreSQL 15 or newer with psql and pg_dump; got none; Debian, Ubuntu: apt-get install postgresql",
		);
	}
	const left = await removeLeftovers();
	if (left > 0) say(`removed what ${left} killed run(s) had left behind`);
	const folder = await createFolder();
	const servers: Server[] = [];
	const quitAll = () => {
		for (const one of servers) one.quit();
	};
	signal.addEventListener("abort", quitAll);
	try {
		const binaries = server.directory;
		for (const name of ["source", "target"]) {
			signal.throwIfAborted();
			const at = join(folder, name);
			servers.push(await startServer(binaries, at, serverSettings()));
		}
		const [source, target] = servers;
		if (source === undefined || target === undefined) {
			throw new Error("two servers were started, and one of them is not there");
		}
		await createRoles(source, target);
		const bundle = join(folder, "cutover");
		await mkdir(bundle);
		await bundleCutover(bundle);
		return await work({
			source,
			target,
			clients: createClients(binaries, signal),
			cutover: join(bundle, "cutover.mjs"),
			folder,
			postgresVersion: server.version,
		});
	} catch (error) {
		signal.throwIfAborted();
		throw error;
	} finally {
		signal.removeEventListener("abort", quitAll);
		await Promise.all(servers.map((one) => one.stop()));
		await rm(folder, { recursive: true, force: true });
	}
}
