import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { transformStaged, transformStartedAt } from "../transform.ts";
import { createStagedTable, missingProgram } from "./tools.ts";

const options =
	"data only, workers = 4, concurrency = 1, batch rows = 50000, batch size = 32MB, prefetch rows = 100000";

/** pgloader, then the transform in SQL. */
export const pgloader: Contender = {
	name: "pgloader",
	title: "pgloader + SQL transform",
	kind: "peer",
	variants: ["own"],
	settings: `${options}; into an unlogged table without indexes`,
	startedAt: transformStartedAt,
	missing: (clients) =>
		missingProgram(
			clients,
			["pgloader", "--version"],
			"Debian, Ubuntu: apt-get install pgloader",
		),
	async convert(run) {
		await run.phase("transfer", async () => {
			await createStagedTable(run);
			const file = join(run.folder, "legacy.load");
			await writeFile(
				file,
				`LOAD DATABASE FROM ${run.sourceAdminUrl} INTO ${run.targetAdminUrl} WITH ${options} INCLUDING ONLY TABLE NAMES MATCHING 'legacy_users' IN SCHEMA 'public';\n`,
			);
			await run.clients.run([
				...["pgloader", "--root-dir", run.folder, "--on-error-stop", file],
			]);
		});
		await transformStaged(run.targetAdminUrl, run.phase);
	},
};
