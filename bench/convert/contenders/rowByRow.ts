import { join } from "node:path";
import { defaultNamespace } from "../../../cutover/src/conversion/identity.ts";
import type { Clients } from "../clients.ts";
import type { Contender } from "../contender.ts";
import { transformStartedAt } from "../transform.ts";
import { missingProgram } from "./tools.ts";

const script = join(import.meta.dirname, "rowByRow.py");

/** What most teams write first. Only for the order of magnitude, and on few rows. */
export const rowByRow: Contender = {
	name: "row-by-row",
	title: "Python, row by row",
	kind: "scale",
	variants: ["own"],
	settings: "psycopg; one INSERT per row and table, COMMIT every 1,000 rows",
	mostRows: 20_000,
	startedAt: transformStartedAt,
	missing: async (clients) =>
		(await findPython(clients)) === undefined
			? "no Python with psycopg2 or psycopg; Debian, Ubuntu: apt-get install python3-psycopg2"
			: undefined,
	async convert(run) {
		const python = await findPython(run.clients);
		await run.clients.run([python ?? "python3", script], {
			env: {
				SOURCE: run.sourceUrl,
				TARGET: run.targetUrl,
				NAMESPACE: defaultNamespace,
				STARTED_AT: transformStartedAt,
				ROWS: String(run.rows),
				PGTZ: "UTC",
			},
		});
	},
};

async function findPython(clients: Clients): Promise<string | undefined> {
	for (const python of ["python3", "/usr/bin/python3"]) {
		for (const driver of ["psycopg2", "psycopg"]) {
			const argv = [python, "-c", `import ${driver}`];
			if ((await missingProgram(clients, argv, "")) === undefined) {
				return python;
			}
		}
	}
	return undefined;
}
