import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { check } from "../../cutover/src/checks/run.ts";
import { checkSchema } from "../../cutover/src/checks/settings.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import type { Result } from "../../cutover/src/outcome.ts";
import { apiDefects } from "./app/apiDefects.ts";
import {
	type CheckedSystem,
	type CheckedSystems,
	startCheckedSystems,
} from "./app/checkedSystems.ts";
import { dataDefects } from "./app/dataDefects.ts";

describe("the checks before and after the migration", function () {
	this.timeout(60_000);
	let systems: CheckedSystems;

	before(async () => {
		systems = await startCheckedSystems();
	});
	after(async () => {
		await systems?.stop();
	});

	const reports = () => join(systems.folder, "reports");
	const environment = () => ({ OTHER_PASSWORD: systems.other.password });

	/** A plan in which the second account is known; few samples, so that many runs are quick. */
	const plan = (more: Readonly<Record<string, unknown>> = {}) =>
		JSON.stringify({
			accounts: {
				other: { email: systems.other.email, passwordEnv: "OTHER_PASSWORD" },
			},
			skip: ["registration"],
			performance: { samples: 5, noiseMs: 1_000 },
			...more,
		});

	/** Runs the checks and makes sure that they left nothing in the database. */
	async function run(
		phase: "before" | "after",
		system: CheckedSystem,
		options: Readonly<Record<string, unknown>> = {},
		signal = new AbortController().signal,
	): Promise<Result> {
		const rows = await systems.rows(system);
		const settings = checkSchema.parse({
			baseUrl: system.proxy.url,
			database: system.databaseUrl,
			reportDir: reports(),
			...options,
		});
		const result = await check(
			phase,
			settings,
			silentTalk,
			signal,
			environment(),
		);
		assert.deepEqual(await systems.rows(system), rows, "rows are left behind");
		return result;
	}

	const namesOf = (result: Result, outcome: string) =>
		result.checks
			.filter((one) => one.outcome === outcome)
			.map((one) => one.name);

	it("pass on the legacy system, and write the baseline", async () => {
		const result = await run("before", systems.legacy);
		assert.deepEqual(namesOf(result, "failed"), []);
		assert.equal(result.outcome, "passed");
		// External parts that nobody named are said, and not wanted.
		assert.deepEqual(namesOf(result, "not run"), [
			"frontend",
			"desktop service",
			"Redis",
		]);
		const baseline = JSON.parse(
			await readFile(join(reports(), "performance_baseline.json"), "utf8"),
		);
		for (const name of ["health p50", "workflows p50", "workflow query p50"]) {
			const { value, unit, threshold, samples } = baseline.metrics[name];
			assert.ok(value > 0 && samples >= 5, name);
			assert.deepEqual([unit, threshold], ["ms", 0.2]);
		}
		const report = await readFile(join(reports(), "check-before.md"), "utf8");
		assert.match(report, /^# Checks before the migration: PASS/);
		assert.ok(
			report.indexOf("## Functionality") < report.indexOf("## Data Integrity"),
		);
	});

	it("pass on the new system, compared with the baseline", async () => {
		const result = await run("after", systems.current, {
			baseline: join(reports(), "performance_baseline.json"),
			checks: plan({ skip: [] }),
		});
		assert.deepEqual(namesOf(result, "failed"), []);
		assert.equal(result.outcome, "passed");
		const health = result.checks.find(
			(one) => one.name === "health answer time",
		);
		assert.match(health?.actual ?? "", /impact [+-][\d.]+ %/);
	});

	it("use a registered account as the second one where nobody named one", async () => {
		const result = await run("after", systems.current, {
			checks: JSON.stringify({ categories: ["Security"] }),
		});
		assert.equal(result.outcome, "passed");
		assert.ok(namesOf(result, "passed").includes("another's workflow"));
	});

	it("say what they cannot prove without a database and a second account", async () => {
		const result = await run("after", systems.current, { database: undefined });
		assert.equal(result.outcome, "not run");
		const open = namesOf(result, "not run");
		for (const name of ["database", "users", "another's workflow"])
			assert.ok(open.includes(name), name);
		assert.deepEqual(namesOf(result, "failed"), []);
	});

	for (const defect of [...apiDefects, ...dataDefects]) {
		it(`see ${defect.what}: ${defect.check}`, async () => {
			const { server, current } = systems;
			if (defect.sql !== undefined)
				await server.query(current.database, defect.sql);
			current.proxy.alter(defect.alteration ?? {});
			let result: Result;
			try {
				result = await run("after", current, { checks: plan(defect.plan) });
			} finally {
				current.proxy.alter({});
				if (defect.undo !== undefined)
					await server.query(current.database, defect.undo);
			}
			assert.deepEqual(
				result.checks
					.filter((one) => one.outcome === "failed")
					.map((one) => one.name),
				[defect.check],
			);
			assert.equal(result.outcome, "failed");
			const failed = result.checks.find((one) => one.outcome === "failed");
			assert.match(
				[failed?.actual, ...(failed?.details ?? [])].join("\n"),
				new RegExp(defect.says.source, "m"),
			);
			const report = await readFile(join(reports(), "check-after.md"), "utf8");
			assert.match(report, /^# Checks after the migration: FAIL/);
			await rm(join(reports(), "check-after.md"));
		});
	}
});
