import { join } from "node:path";
import { pipe } from "../clients.ts";
import type { Contender } from "../contender.ts";
import { transformStaged, transformStartedAt } from "../transform.ts";
import { createStagedTable, psql, withPostgres } from "./tools.ts";

const onlyUsers = ["--data-only", "--table=public.legacy_users"];

/** pg_dump piped into psql, then the transform in SQL. */
export const pgDump: Contender = {
	name: "pg_dump",
	title: "pg_dump \\| psql + SQL transform",
	kind: "peer",
	variants: ["own"],
	settings: "data only into an unlogged table without indexes",
	startedAt: transformStartedAt,
	missing: withPostgres,
	async convert(run) {
		await run.phase("transfer", async () => {
			await createStagedTable(run);
			await run.clients.run(
				pipe(
					["pg_dump", "-d", run.sourceUrl, ...onlyUsers],
					psql(run.targetAdminUrl, "-o", "/dev/null"),
				),
			);
		});
		await transformStaged(run.targetAdminUrl, run.phase);
	},
};

/** pg_dump into a file, pg_restore with two jobs, then the transform in SQL. */
export const pgRestore: Contender = {
	name: "pg_restore",
	title: "pg_dump -Fc, pg_restore -j2 + SQL transform",
	kind: "peer",
	variants: ["own"],
	settings: "-Z0; data only into an unlogged table without indexes",
	startedAt: transformStartedAt,
	missing: withPostgres,
	async convert(run) {
		const dump = join(run.folder, "legacy.dump");
		await run.phase("transfer", async () => {
			await createStagedTable(run);
			await run.clients.run([
				...["pg_dump", "-Fc", "-Z0", "-f", dump, "-d", run.sourceUrl],
				...onlyUsers,
			]);
			await run.clients.run([
				...["pg_restore", "-j2", "--data-only", "--no-owner"],
				...["-d", run.targetAdminUrl, dump],
			]);
		});
		await transformStaged(run.targetAdminUrl, run.phase);
	},
};
