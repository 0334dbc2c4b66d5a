import { withClient } from "../../../rehearsal/engine/client.ts";
import type { Contender, Run } from "../contender.ts";
import { runInOrder } from "../sessions.ts";
import { transformStaged, transformStartedAt } from "../transform.ts";
import { createStagedTable, withPostgres } from "./tools.ts";

const name = "trusted_login_bench";
const pollMs = 20;

/** A subscription that copies what is there, dropped once it has, then the transform in SQL. */
export const logical: Contender = {
	name: "logical",
	title: "logical replication + SQL transform",
	kind: "peer",
	variants: ["own"],
	settings:
		"copy_data into an unlogged table without indexes; wal_retrieve_retry_interval 100ms on the servers",
	startedAt: transformStartedAt,
	missing: withPostgres,
	async convert(run) {
		await run.phase("transfer", async () => {
			await createStagedTable(run);
			await runInOrder(run.sourceAdminUrl, [
				`CREATE PUBLICATION ${name} FOR TABLE legacy_users`,
			]);
			await runInOrder(run.targetAdminUrl, [
				`CREATE SUBSCRIPTION ${name} CONNECTION '${run.sourceAdminUrl}' PUBLICATION ${name} WITH (copy_data = true)`,
			]);
			await untilCopied(run);
			await runInOrder(run.targetAdminUrl, [`DROP SUBSCRIPTION ${name}`]);
		});
		await transformStaged(run.targetAdminUrl, run.phase);
	},
	async cleanUp({ sourceAdminUrl, targetAdminUrl }) {
		await runInOrder(targetAdminUrl, [`DROP SUBSCRIPTION IF EXISTS ${name}`]);
		await runInOrder(sourceAdminUrl, [`DROP PUBLICATION IF EXISTS ${name}`]);
	},
};

async function untilCopied({ clients, targetAdminUrl }: Run): Promise<void> {
	await withClient(targetAdminUrl, async (target) => {
		for (;;) {
			clients.requireRunning();
			const { rows } = await target.query<{ ready: boolean }>(
				"SELECT bool_and(srsubstate = 'r') AS ready FROM pg_subscription_rel",
			);
			if (rows[0]?.ready === true) return;
			await new Promise((resolve) => setTimeout(resolve, pollMs));
		}
	});
}
