import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Talk } from "../../../cutover/src/console.ts";
import { UsageError } from "../../../cutover/src/errors.ts";
import type { Result } from "../../../cutover/src/outcome.ts";
import { readModel } from "../../../cutover/src/status/model.ts";
import { verdictOf } from "../../../cutover/src/status/page/hero.ts";
import { openPlace } from "../../../cutover/src/status/place.ts";
import { readRecords } from "../../../cutover/src/status/records.ts";
import { recorded, recordResult } from "../../../cutover/src/status/write.ts";

const passed: Result = {
	outcome: "passed",
	checks: [
		{
			name: "load",
			outcome: "passed",
			expected: "every row",
			actual: "10 rows",
			seconds: 1,
		},
	],
	next: "Done; next: cutover validate",
};

describe("the record of results", () => {
	let folder: string;
	beforeEach(() => {
		folder = join(mkdtempSync(join(tmpdir(), "status-test-")), "reports");
	});
	afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

	const said: string[] = [];
	const talk: Talk = {
		say: (line) => said.push(line),
		progress: () => undefined,
		endProgress: () => undefined,
	};
	const page = () => readFileSync(join(folder, "status.html"), "utf8");
	const run = (verb: string, work: () => Promise<Result>) =>
		recorded(verb, folder, {}, talk, work);
	const model = () => readModel(openPlace(folder), {}, new Date());

	it("keeps the last result and a short history, and writes the page", async () => {
		for (let i = 0; i < 25; i += 1) {
			await recordResult(
				folder,
				{ verb: "convert", startedAt: new Date() },
				passed,
			);
		}
		const { records } = await readRecords(openPlace(folder));
		assert.equal(records.length, 1);
		assert.equal(records[0]?.history.length, 20);
		assert.equal(records[0]?.last?.checks[0]?.actual, "10 rows");
		assert.match(page(), /10 rows/);
	});

	it("writes nothing down for a usage error, not even a folder", async () => {
		await assert.rejects(
			run("convert", async () => {
				throw new UsageError("--source: is needed");
			}),
			UsageError,
		);
		assert.equal(existsSync(folder), false);
	});

	it("hands the result over also when nothing can be written, and says so", async () => {
		writeFileSync(folder, "a file where the folder should be");
		said.length = 0;
		assert.equal(await run("convert", async () => passed), passed);
		assert.match(
			said.join("\n"),
			/the status page could not be written: .*; the result stands all the same/,
		);
	});

	it("ends where no folder can be made at all", async () => {
		said.length = 0;
		await recorded(
			"convert",
			"/proc/nowhere/reports",
			{},
			talk,
			async () => passed,
		);
		assert.match(said.join("\n"), /could not be written: E/);
	});

	it("shows a run under way, and one whose process is gone", async () => {
		const { pid } = spawnSync(process.execPath, ["-e", ""]);
		const begun = (verb: string, id: number) =>
			JSON.stringify({
				verb,
				running: [
					{ pid: id, host: hostname(), startedAt: "2026-11-25T02:00:00.000Z" },
				],
				history: [],
			});
		mkdirSync(join(folder, "results"), { recursive: true });
		writeFileSync(
			join(folder, "results", "sync.json"),
			begun("sync", process.pid),
		);
		assert.equal(verdictOf(await model()).headline, "sync running");
		writeFileSync(
			join(folder, "results", "convert.json"),
			begun("convert", pid ?? 0),
		);
		const verdict = verdictOf(await model());
		assert.equal(verdict.tone, "bad");
		assert.equal(verdict.headline, "convert ended before its time");
		// The next run of the verb settles it.
		await recordResult(
			folder,
			{ verb: "convert", startedAt: new Date() },
			passed,
		);
		assert.equal(verdictOf(await model()).headline, "sync running");
	});

	it("loses none of the results of many runs that end at once", async () => {
		await Promise.all(
			Array.from({ length: 12 }, (_, i) =>
				recordResult(
					folder,
					{ verb: `verb ${i % 3}`, startedAt: new Date() },
					passed,
				),
			),
		);
		const { records } = await readRecords(openPlace(folder));
		assert.deepEqual(
			records.map(({ history }) => history.length),
			[4, 4, 4],
		);
		assert.deepEqual(
			readdirSync(join(folder, "results")).filter(
				(name) => !name.endsWith(".json"),
			),
			[],
		);
	});

	it("names a file that cannot be read, and begins it anew", async () => {
		mkdirSync(join(folder, "results"), { recursive: true });
		writeFileSync(join(folder, "results", "convert.json"), '{"half": ');
		assert.deepEqual((await model()).unreadable, ["results/convert.json"]);
		await recordResult(
			folder,
			{ verb: "convert", startedAt: new Date() },
			passed,
		);
		assert.deepEqual((await model()).unreadable, []);
	});

	it("does not wait for the lock of a process that was killed", async () => {
		mkdirSync(join(folder, "results"), { recursive: true });
		const lock = join(folder, "results", ".lock");
		const { pid } = spawnSync(process.execPath, ["-e", ""]);
		writeFileSync(lock, `${pid} ${hostname()}`);
		await recordResult(
			folder,
			{ verb: "convert", startedAt: new Date() },
			passed,
		);
		assert.match(page(), /convert/);
	});

	it("never writes down a secret or an e-mail address, nor a value above its size", async () => {
		process.env.STATUS_TEST_PASSWORD = "open-sesame";
		try {
			await recordResult(
				folder,
				{ verb: "validate", startedAt: new Date() },
				{
					...passed,
					checks: [
						{
							name: "rows of ada@example.com",
							outcome: "failed",
							expected: "open-sesame",
							actual: "postgresql://x:y123@db/z",
							details: Array.from(
								{ length: 90 },
								(_, i) => `user ${i}: bob@example.com`,
							),
							seconds: 0,
						},
					],
					facts: { big: "x".repeat(300_000), token: "t0k3n-value" },
				},
			);
		} finally {
			delete process.env.STATUS_TEST_PASSWORD;
		}
		const written =
			page() + readFileSync(join(folder, "results", "validate.json"), "utf8");
		for (const secret of ["ada@", "bob@", "open-sesame", "y123", "t0k3n"]) {
			assert.ok(!written.includes(secret), secret);
		}
		assert.match(written, /and 50 more/);
		assert.match(written, /tooLargeBytes/);
		assert.ok(written.length < 100_000);
	});

	it("shows pictures that a verb left under its own name, the plainest first, sharp rather than not", async () => {
		mkdirSync(folder, { recursive: true });
		for (const name of [
			"perf_compare-distribution.svg",
			"perf_compare.svg",
			"perf_compare.png",
			"perf_compare.md",
			"performance_baseline-distribution.svg",
			"uat.svg",
		]) {
			writeFileSync(join(folder, name), "<svg/>");
		}
		for (const verb of ["perf compare", "perf baseline"]) {
			await recordResult(
				folder,
				{ verb, startedAt: new Date() },
				{ ...passed, facts: { file: join(folder, "perf_compare.md") } },
			);
		}
		const { performance } = await model();
		assert.deepEqual(
			performance.pictures.map(({ name }) => name),
			[
				"performance_baseline-distribution.svg",
				"perf_compare.svg",
				"perf_compare-distribution.svg",
			],
		);
		assert.deepEqual(performance.results[0]?.reports, ["perf_compare.md"]);
	});

	it("shows a decision with what stands in its way", async () => {
		await recordResult(
			folder,
			{ verb: "decide", startedAt: new Date() },
			{
				...passed,
				facts: {
					decision: "NO-GO",
					gate: "cutover",
					release: "2.0.0",
					blockers: ["Security approval obtained: NOT_RUN"],
					emergencies: ["let through by two"],
					criteria: [
						{
							id: "security",
							title: "Security approval obtained",
							level: "mandatory",
							status: "NOT_RUN",
							met: false,
							findings: [{ status: "NOT_RUN", reason: "nobody attested it" }],
						},
					],
				},
			},
		);
		for (const part of [
			"gate cutover, release 2.0.0",
			"Security approval obtained: NOT_RUN",
			"let through by two",
			"NOT_RUN · mandatory · nobody attested it",
			"0 of 1 criteria met",
		]) {
			assert.ok(page().includes(part), part);
		}
	});

	it("shows no file from outside of the report folder, also through a link", async () => {
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, "..", "outside.svg"), "<svg>outside</svg>");
		symlinkSync(join(folder, "..", "outside.svg"), join(folder, "link.svg"));
		writeFileSync(join(folder, "inside.svg"), "<svg>inside</svg>");
		await recordResult(
			folder,
			{ verb: "perf compare", startedAt: new Date() },
			{
				...passed,
				facts: {
					reports: [
						"../outside.svg",
						join(folder, "..", "outside.svg"),
						"link.svg",
						"inside.svg",
						"gone.svg",
					],
				},
			},
		);
		const { performance } = await model();
		assert.deepEqual(
			performance.pictures.map(({ name }) => name),
			["inside.svg"],
		);
	});
});
