import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepPhases, readPhases } from "../../../rehearsal/start/phases.ts";
import type { Progress } from "../../../rehearsal/start/progress.ts";
import { resultOf } from "../../../rehearsal/start/statusPage.ts";
import type { Summary } from "../../../rehearsal/start/summary.ts";
import { updates } from "../../../rehearsal/start/updates.ts";

const silent: Progress = {
	say: () => undefined,
	step: async (_title, work) => (await work(() => undefined)).value,
};

describe("the updates on the status page", () => {
	let folder: string;
	let file: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "phases-test-"));
		file = join(folder, "phases.json");
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	const titleOf = (name: string) =>
		updates.find((one) => one.name === name)?.title ?? "";
	const step = (
		name: string,
		work: () => Promise<{ value: undefined; undone?: boolean }>,
	) => keepPhases(silent, file).step(titleOf(name), work);
	const states = () =>
		readPhases(file).map(({ name, outcome }) => `${name} ${outcome}`);

	it("keep their times over several runs, each its last", async () => {
		await step("provision", async () => ({ value: undefined }));
		await assert.rejects(
			step("backfill", async () => {
				throw new Error("pulumi ended with 255");
			}),
		);
		assert.deepEqual(states(), ["provision passed", "backfill failed"]);
		await step("backfill", async () => ({ value: undefined }));
		assert.deepEqual(states(), ["provision passed", "backfill passed"]);
		assert.deepEqual(readPhases(file)[1]?.does, ["schema apply", "convert"]);
	});

	it("keep the time when they were reached, not that of a run that found nothing to do", async () => {
		await step("release", async () => ({ value: undefined }));
		const [first] = readPhases(file);
		await step("release", async () => ({ value: undefined, undone: true }));
		assert.deepEqual(readPhases(file), [first]);
	});

	it("are only updates: other steps are not written down", async () => {
		await keepPhases(silent, file).step("Count rows", async () => ({
			value: 1,
		}));
		assert.deepEqual(readPhases(file), []);
	});
});

describe("the promises on the status page", () => {
	const summary: Summary = {
		rows: [
			{
				table: "users",
				source: 10,
				migrated: 9,
				quarantined: 1,
				bornOnTarget: 0,
			},
		],
		load: undefined,
		ledger: undefined,
		signIns: { tried: 5, worked: 5 },
		urls: {},
		seconds: 60,
		peakResidentBytes: undefined,
	};

	it("are kept when all are, and what was not put to the test is not counted", () => {
		const { outcome, checks } = resultOf(summary, "reports");
		assert.equal(outcome, "passed");
		assert.deepEqual(
			checks.filter((one) => one.outcome === "not run").map((one) => one.name),
			[
				"requests under load",
				"writes refused at the cutover",
				"acknowledged writes",
			],
		);
	});

	it("are broken when one is, and it is named", () => {
		const { outcome, checks } = resultOf(
			{ ...summary, signIns: { tried: 5, worked: 4 } },
			"reports",
		);
		assert.equal(outcome, "failed");
		assert.deepEqual(
			checks.filter((one) => one.outcome === "failed").map((one) => one.actual),
			["4 of 5"],
		);
	});
});
