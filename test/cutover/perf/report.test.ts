import assert from "node:assert/strict";
import {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toPng } from "../../../cutover/src/adapters/raster.ts";
import { silentTalk } from "../../../cutover/src/console.ts";
import { checksOf } from "../../../cutover/src/perf/checks.ts";
import { compareFigures } from "../../../cutover/src/perf/judge.ts";
import {
	renderBaseline,
	renderComparison,
} from "../../../cutover/src/perf/markdown.ts";
import { drawDistribution } from "../../../cutover/src/perf/pictures/distribution.ts";
import { drawPanels } from "../../../cutover/src/perf/pictures/panels.ts";
import {
	writePictures,
	writeReportFile,
} from "../../../cutover/src/perf/reportFiles.ts";
import { openSampleLog } from "../../../cutover/src/perf/sampleLog.ts";
import { percent, timeText } from "../../../cutover/src/perf/text.ts";
import { baselineOf, metricOf, normals } from "./distributions.ts";

const rounds = (value: number, seed: number) =>
	normals(seed, 20).map((one) => value * Math.exp(0.02 * one));
const before = baselineOf(
	{
		"workflows p50": metricOf(rounds(10, 1), { interval: [9.8, 10.1] }),
		"sign-in p50": metricOf(rounds(80, 3)),
		"workflows throughput": metricOf(rounds(100, 5), {
			better: "higher",
			decides: false,
			unit: "1/s",
		}),
	},
	{ quantiles: { workflows: Array.from({ length: 101 }, (_, at) => at) } },
);
const after = baselineOf(
	{
		"workflows p50": metricOf(rounds(14, 2)),
		"sign-in p50": metricOf(rounds(70, 4)),
		"workflows throughput": metricOf(rounds(70, 6), {
			better: "higher",
			decides: false,
			unit: "1/s",
		}),
	},
	{ server: "http://localhost:8000" },
);
const comparison = compareFigures(before, after, {
	paired: true,
	looks: 1,
	errorShare: 0.01,
});

describe("the report of a comparison", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "cutover-perf-"));
	});
	afterEach(() => {
		rmSync(folder, { recursive: true, force: true });
	});

	it("writes changes and times as people do", () => {
		assert.deepEqual([0.031, -0.124, 0, -0.0001, 1.5].map(percent), [
			"+3.1 %",
			"−12 %",
			"±0.0 %",
			"±0.0 %",
			"+150 %",
		]);
		assert.deepEqual([0.41234, 3.814, 108.2].map(timeText), [
			"0.412",
			"3.81",
			"108",
		]);
	});

	it("names each deciding metric, its threshold, its change and the servers", () => {
		const text = renderComparison({
			before,
			after,
			comparison,
			how: "Both measured in turn, 20 rounds.",
			at: "2026-11-25T12:00:00.000Z",
			pictures: [{ alt: "Times", file: "perf_compare.svg" }],
		});
		for (const part of [
			"# Performance: FAILED",
			"Surely worse: workflows p50.",
			"| workflows p50 | ",
			"| 20.0 % |",
			"outside: surely worse than the threshold",
			"inside: surely within the threshold",
			"![Times](perf_compare.svg)",
			"| server | http://localhost:8007 | http://localhost:8000 |",
			"| data set | 1000 users | 1000 users |",
		]) {
			assert.ok(text.includes(part), part);
		}
		assert.match(
			text.slice(text.indexOf("## What is reported")),
			/workflows throughput/,
		);
	});

	it("has a check for what decides, with what was expected and found", () => {
		const checks = checksOf(comparison, 12);
		assert.deepEqual(
			checks.map(({ name, outcome }) => [name, outcome]),
			[
				["comparable", "passed"],
				["workflows p50", "failed"],
				["sign-in p50", "passed"],
			],
		);
		assert.equal(checks[1]?.expected, "at most +20 %, from at least 12 rounds");
		assert.match(checks[1]?.actual ?? "", /^\+4\d % \(\+\d+ % to \+\d+ %\), /);
	});

	it("shows a baseline with its intervals and errors", () => {
		const text = renderBaseline(before, "20 rounds in 9 s.", []);
		assert.match(text, /\| workflows p50 \| [\d.]+ \| 9\.80 to 10\.1 \| ms \|/);
		assert.match(text, /\| sign-in p50 \| [\d.]+ \| too few samples \| ms \|/);
		assert.match(text, /\| workflows \| 1000 \| 0 \|/);
	});

	it("draws both panels, in light and dark, with every metric and its change", async () => {
		const svg = drawPanels(
			"Performance: failed",
			comparison.metrics.filter(({ decides }) => decides),
		);
		for (const part of ["workflows", "sign-in", "Change, in %", "before"]) {
			assert.ok(svg.includes(part), part);
		}
		assert.match(svg, /prefers-color-scheme: dark/);
		assert.match(svg, />\+4\d %</);
		const png = await toPng(svg);
		assert.deepEqual(
			[...png.slice(1, 4)],
			[..."PNG"].map((c) => c.charCodeAt(0)),
		);
		// Pixels across, of the first chunk.
		assert.equal(Buffer.from(png).readUInt32BE(16), 750);
	});

	it("draws the distribution of every endpoint, of one side or of both", () => {
		const one = drawDistribution("Baseline", [
			{ side: "before", figures: before },
		]);
		const both = drawDistribution("Both", [
			{ side: "before", figures: before },
			{ side: "after", figures: before },
		]);
		assert.ok(one.includes(">workflows<") && !one.includes(" after"));
		assert.ok(both.includes(">workflows<") && both.includes(" after"));
	});

	it("writes pictures as SVG and PNG and leaves no half files", async () => {
		const shown = await writePictures(
			folder,
			[{ name: "picture", alt: "A picture", svg: drawPanels("x", []) }],
			silentTalk,
		);
		assert.deepEqual(shown, [{ alt: "A picture", file: "picture.svg" }]);
		assert.deepEqual(readdirSync(folder).sort(), [
			"picture.png",
			"picture.svg",
		]);
	});

	it("keeps samples round by round, and counts what failed", () => {
		const log = openSampleLog(folder, "samples.ndjson", { startedAt: "now" });
		log.keep([
			{
				round: 0,
				side: "before",
				probe: "a",
				ms: [1.23456],
				asked: 3,
				failures: ["answered 500", "answered 500"],
			},
		]);
		const lines = readFileSync(log.file, "utf8").trim().split("\n");
		assert.deepEqual(
			lines.map((line) => JSON.parse(line)),
			[
				{ startedAt: "now" },
				{
					round: 0,
					side: "before",
					probe: "a",
					ms: [1.235],
					asked: 3,
					failures: { "answered 500": 2 },
				},
			],
		);
	});

	it("says where it cannot write, and what to do", async () => {
		const file = join(folder, "file");
		writeFileSync(file, "");
		const message =
			/^cannot write the (samples|report): .*; make room, or name another folder with --report-dir$/;
		assert.throws(() => openSampleLog(file, "samples.ndjson", {}), { message });
		await assert.rejects(writeReportFile(file, "report.md", ""), { message });
		assert.ok(!existsSync(join(folder, "report.md.part")));
	});
});
