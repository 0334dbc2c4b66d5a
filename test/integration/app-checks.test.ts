import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { check } from "../../cutover/src/checks/run.ts";
import { checkSchema } from "../../cutover/src/checks/settings.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import type { Result } from "../../cutover/src/outcome.ts";
import {
	type CheckedSystems,
	startCheckedSystems,
} from "./app/checkedSystems.ts";

describe("the checks before and after the migration", function () {
	this.timeout(60_000);
	let systems: CheckedSystems;
	before(async () => {
		systems = await startCheckedSystems();
	});
	after(async () => {
		await systems?.stop();
	});
	it("pass", async () => {
		for (const phase of ["before", "after"] as const) {
			const system = phase === "before" ? systems.legacy : systems.current;
			const settings = checkSchema.parse({
				baseUrl: system.proxy.url,
				database: system.databaseUrl,
				reportDir: join(systems.folder, "reports"),
			});
			const rows = await systems.rows(system);
			const t = Date.now();
			const result: Result = await check(
				phase,
				settings,
				silentTalk,
				new AbortController().signal,
			);
			console.log(Date.now() - t);
			console.log(
				await readFile(
					join(systems.folder, "reports", `check-${phase}.md`),
					"utf8",
				),
			);
			console.log(result.next);
			assert.deepEqual(await systems.rows(system), rows);
		}
	});
});
