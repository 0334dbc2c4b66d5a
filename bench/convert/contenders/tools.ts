import type { Clients } from "../clients.ts";
import type { Run } from "../contender.ts";
import { runInOrder } from "../sessions.ts";
import { createStaged } from "../transform.ts";

/** A psql that reads nobody's settings file and ends at the first error. */
export const psql = (url: string, ...more: readonly string[]) => [
	"psql",
	"-X",
	"-q",
	"-v",
	"ON_ERROR_STOP=1",
	"-d",
	url,
	...more,
];

/** Whether a program can be run: undefined, or how to get it. */
export async function missingProgram(
	clients: Clients,
	argv: readonly string[],
	howToGet: string,
): Promise<string | undefined> {
	try {
		await clients.run(argv);
		return undefined;
	} catch {
		clients.requireRunning();
		return `${argv[0]} is not installed; ${howToGet}`;
	}
}

/** Makes the table that a peer brings the legacy rows into. */
export async function createStagedTable(run: Run): Promise<void> {
	await runInOrder(run.targetAdminUrl, [createStaged]);
}

/** For contenders that need nothing but PostgreSQL itself. */
export const withPostgres = async () => undefined;
