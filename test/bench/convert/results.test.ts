import assert from "node:assert/strict";
import { parseArguments } from "../../../bench/arguments.ts";
import { contenders } from "../../../bench/convert/contenders/index.ts";
import { ours } from "../../../bench/convert/contenders/ours.ts";
import { pgDump } from "../../../bench/convert/contenders/pgDump.ts";
import { differences } from "../../../bench/convert/digest.ts";
import { judgeGoals } from "../../../bench/convert/goals.ts";
import type { Usage } from "../../../bench/convert/measure.ts";
import { optionsOf } from "../../../bench/convert/options.ts";
import { renderReport } from "../../../bench/convert/report.ts";
import {
	median,
	type Sample,
	summarize,
	summarizeScaled,
} from "../../../bench/convert/results.ts";

const usage = (seconds: number): Usage => ({
	seconds,
	sourceCpuSeconds: seconds / 2,
	targetCpuSeconds: seconds,
	clientCpuSeconds: seconds / 4,
	clientPeakBytes: 100 * 2 ** 20,
	walBytes: 1e9,
});

const samples = (contender: string, seconds: readonly number[]): Sample[] =>
	seconds.map((each, nth) => ({
		contender,
		variant: "own",
		round: nth + 1,
		rows: 1_000_000,
		usage: usage(each),
		phases: [],
	}));

describe("results of the conversion bench", () => {
	it("takes the middle value, or the mean of the two in the middle", () => {
		assert.equal(median([3, 1, 2]), 2);
		assert.equal(median([4, 1, 2, 3]), 2.5);
		assert.equal(median([]), Number.NaN);
	});

	it("sums up a contender by medians, with CPU time per row and by server", () => {
		const summary = summarize(ours, "own", samples("ours", [12, 10, 20]));
		assert.equal(summary?.seconds, 12);
		assert.deepEqual(summary?.secondsRange, [10, 20]);
		assert.deepEqual(summary?.cpuMicrosPerRow, {
			source: 6,
			target: 12,
			client: 3,
			total: 21,
		});
		assert.equal(summary?.walBytesPerRow, 1000);
	});

	it("compares each run of many rows with those of few before and after it", () => {
		const many = samples("ours", [60, 90]).map((one) => ({
			...one,
			rows: 5_000_000,
		}));
		// The machine becomes slower by half: what counts is the neighbourhood.
		const scaled = summarizeScaled(ours, samples("ours", [10, 12, 18]), many);
		assert.deepEqual(
			scaled?.cpuRatios.map((one) => one.toFixed(2)),
			["1.09", "1.20"],
		);
		const goal = judgeGoals([], scaled, 4).find(({ name }) =>
			name.startsWith("CPU per row at scale"),
		);
		assert.equal(goal?.actual, "1.15");
		assert.equal(goal?.outcome, "failed");
	});

	it("has no summary where there is no sample", () => {
		assert.equal(summarize(ours, "supabase", samples("ours", [1])), undefined);
	});

	it("judges goals by ratios, and says what was not measured", () => {
		const summaries = [
			summarize(ours, "own", samples("ours", [10])),
			summarize(pgDump, "own", samples("pg_dump", [12])),
		].flatMap((summary) => summary ?? []);
		const [peer, floor] = judgeGoals(summaries, undefined, 4);
		assert.equal(peer?.outcome, "failed");
		assert.equal(peer?.actual, "1.20");
		assert.equal(floor?.outcome, "not run");
	});

	it("calls a goal inconclusive on fewer rows than it is meant for", () => {
		const few = [...samples("ours", [1]), ...samples("pg_dump", [9])].map(
			(sample) => ({ ...sample, rows: 20_000 }),
		);
		const summaries = [ours, pgDump].flatMap(
			(one) => summarize(one, "own", few) ?? [],
		);
		assert.equal(
			judgeGoals(summaries, undefined, 4)[0]?.outcome,
			"inconclusive",
		);
	});

	it("names what differs between two targets", () => {
		const expected = {
			"auth.users": "2 rows, 1",
			"public.profiles": "2 rows, 5",
		};
		const actual = { ...expected, "auth.users": "1 rows, 7" };
		assert.deepEqual(differences(expected, actual), [
			"auth.users: expected 2 rows, 1, got 1 rows, 7",
		]);
		assert.deepEqual(differences(expected, expected), []);
	});

	it("writes a contender that did not run into the table", () => {
		const text = renderReport({
			circumstances: {
				date: "2026-11-25",
				command: "npm run bench:convert",
				machine: "2 cores",
				versions: { PostgreSQL: "15.1" },
				serverSettings: { fsync: "on" },
			},
			goals: [],
			summaries: [],
			scaled: undefined,
			absent: [
				{
					contender: "pgloader",
					variant: "own",
					outcome: "not run",
					reason: "pgloader is not installed",
				},
			],
		});
		assert.match(text, /\| pgloader \| not run: pgloader is not installed \|/);
	});
});

describe("options of the conversion bench", () => {
	const parse = (argv: readonly string[]) =>
		parseArguments(argv, {
			name: "convert",
			about: "",
			options: optionsOf(contenders.map(({ name }) => name)),
		});

	it("has defaults for all of them", () => {
		const options = parse([]);
		assert.equal(options.rows, 1_000_000);
		assert.deepEqual(options.variants, ["own", "supabase"]);
	});

	it("names the contenders when one is unknown", () => {
		assert.throws(
			() => parse(["--only", "ours,dms"]),
			/--only: .*expected one of "ours"\|"floor"/,
		);
	});

	it("refuses options that it does not know, and rows that are no number", () => {
		assert.throws(() => parse(["--row", "5"]), /--row/);
		assert.throws(() => parse(["--rows", "many"]), /--rows: .*number/);
	});
});
