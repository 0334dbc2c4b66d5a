import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Check } from "../../../cutover/src/outcome.ts";
import {
	keepFiles,
	keepFolder,
	withReport,
} from "../../../cutover/src/reports/keep.ts";
import {
	listFiles,
	requireWritable,
} from "../../../cutover/src/reports/open.ts";
import { writeReport } from "../../../cutover/src/reports/report.ts";

const check = (outcome: Check["outcome"]): Check => ({
	name: "one",
	outcome,
	expected: "this",
	actual: "that",
	seconds: 1,
});

describe("keeping a report", () => {
	let folder: string;
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-keep-"));
	});
	afterEach(async () => {
		await rm(folder, { recursive: true, force: true });
	});
	const content = {
		title: "A report",
		result: { outcome: "failed", checks: [check("failed")] },
		facts: { url: "postgresql://me:secret@db/app" },
	} as const;

	it("writes Markdown and JSON, without passwords", async () => {
		const kept = await writeReport(folder, "one", content);
		const files = [join(folder, "one.md"), join(folder, "one.json")];
		assert.deepEqual(kept, { files, text: files[0], checks: [] });
		const json = await readFile(files[1] ?? "", "utf8");
		assert.doesNotMatch(json, /secret/);
		assert.equal(JSON.parse(json).checks[0].actual, "that");
		assert.match(await readFile(files[0] ?? "", "utf8"), /# A report: FAIL/);
	});

	it("saves what cannot be written in a temporary folder, and says both", async () => {
		await writeFile(join(folder, "file"), "");
		const kept = await writeReport(join(folder, "file/x"), "one", content);
		try {
			assert.match(
				kept.text,
				/^the report is in .*cutover-report-.*\/one\.md of this machine: cannot write reports to .*file\/x: something/,
			);
			assert.equal(kept.checks[0]?.outcome, "inconclusive");
			const saved = await readFile(kept.files[1] ?? "", "utf8");
			assert.equal(JSON.parse(saved).outcome, "failed");
		} finally {
			await rm(dirname(kept.files[0] ?? ""), { recursive: true });
		}
	});

	it("says that nothing was kept when no folder takes it", async () => {
		await writeFile(join(folder, "file"), "");
		const before = process.env.TMPDIR;
		process.env.TMPDIR = join(folder, "file");
		try {
			const kept = await writeReport(join(folder, "file/x"), "one", content);
			assert.deepEqual(kept.files, []);
			assert.match(kept.text, /^no report: cannot write reports to /);
		} finally {
			if (before === undefined) delete process.env.TMPDIR;
			else process.env.TMPDIR = before;
		}
	});

	it("removes what an earlier run left of a file that this run does not have", async () => {
		await writeFile(join(folder, "old.json"), "{}");
		await keepFiles(folder, [
			{ name: "old.json", content: undefined },
			{ name: "new.json", content: "{}" },
		]);
		const left = await listFiles(folder);
		assert.deepEqual(
			left.map(({ name }) => name),
			["new.json"],
		);
	});

	it("keeps a whole folder below a prefix", async () => {
		await mkdir(join(folder, "shots/1"), { recursive: true });
		await writeFile(join(folder, "shots/1/a.png"), "a");
		await writeFile(join(folder, "shots/b.html"), "b");
		const place = join(folder, "reports");
		const kept = await keepFolder(place, join(folder, "shots"), "uat");
		assert.deepEqual(kept.files, [
			join(place, "uat/1/a.png"),
			join(place, "uat/b.html"),
		]);
		assert.equal((await listFiles(place, "uat/")).length, 2);
	});

	const lost = {
		files: [],
		text: "no report",
		checks: [check("inconclusive")],
	};
	for (const [outcome, expected] of [
		["passed", "inconclusive"],
		["failed", "failed"],
	] as const) {
		it(`a result that ${outcome} is ${expected} when its report is lost`, () => {
			const result = { outcome, checks: [check(outcome)], next: "" };
			assert.equal(withReport(result, lost).outcome, expected);
		});
	}

	it("leaves the outcome as it is when the report is kept", () => {
		const kept = { files: ["a.md"], text: "a.md", checks: [] };
		const result = { outcome: "passed", checks: [], next: "" } as const;
		assert.deepEqual(withReport(result, kept), {
			...result,
			facts: { reports: ["a.md"] },
		});
	});

	it("refuses a place before the work, and leaves no trace in one that takes reports", async () => {
		await requireWritable(folder);
		assert.deepEqual(await listFiles(folder), []);
		await writeFile(join(folder, "file"), "");
		await assert.rejects(requireWritable(join(folder, "file/x")), {
			name: "RefusedError",
		});
	});
});
