import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { transformStaged, transformStartedAt } from "../transform.ts";
import { createStagedTable, missingProgram } from "./tools.ts";

/** pgcopydb, then the transform in SQL. It runs in a session of its own, as it asks for: it ends its process group. */
export const pgcopydb: Contender = {
	name: "pgcopydb",
	title: "pgcopydb + SQL transform",
	kind: "peer",
	variants: ["own"],
	settings:
		"copy table-data --table-jobs 2 --split-tables-larger-than 20MB; into an unlogged table without indexes",
	startedAt: transformStartedAt,
	missing: (clients) =>
		missingProgram(
			clients,
			["pgcopydb", "--version"],
			"Debian, Ubuntu: apt-get install pgcopydb",
		),
	async convert(run) {
		await run.phase("transfer", async () => {
			await createStagedTable(run);
			const filters = join(run.folder, "filters.ini");
			await writeFile(filters, "[include-only-table]\npublic.legacy_users\n");
			await run.clients.run([
				...["pgcopydb", "copy", "table-data"],
				...["--source", run.sourceAdminUrl, "--target", run.targetAdminUrl],
				...["--dir", join(run.folder, "pgcopydb")],
				...["--table-jobs", "2", "--split-tables-larger-than", "20MB"],
				...["--filters", filters],
			]);
		});
		await transformStaged(run.targetAdminUrl, run.phase);
	},
};
