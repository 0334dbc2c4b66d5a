import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Talk } from "../console.ts";
import type { Check, Outcome, Result } from "../outcome.ts";
import { scenarioOf } from "./account.ts";
import { baselineFile } from "./baseline.ts";
import { leastRounds } from "./judge.ts";
import { renderBaseline } from "./markdown.ts";
import { type Measured, measure } from "./measure.ts";
import { drawDistribution } from "./pictures/distribution.ts";
import { writePictures, writeReportFile } from "./reportFiles.ts";
import { openSampleLog } from "./sampleLog.ts";
import type { Scenario } from "./scenario.ts";
import type { BaselineSettings } from "./settings.ts";
import { openSide } from "./side.ts";

/** Measures one system and writes `performance_baseline.json`, a report, a picture and the raw samples. */
export async function takeBaseline(
	settings: BaselineSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const scenario = await scenarioOf(settings);
	const { reportDir, baseUrl } = settings;
	const log = openSampleLog(reportDir, "performance_baseline_samples.ndjson", {
		startedAt: new Date().toISOString(),
		server: baseUrl,
	});
	// What an earlier run left would pass for this one's when this one fails.
	await rm(join(reportDir, baselineFile), { force: true });
	const side = await openSide({ ...settings, label: "baseline" }, scenario);
	let measured: Measured;
	try {
		measured = await measure(side, scenario, settings, log, talk, signal);
	} finally {
		await side.close();
	}
	const { figures, rounds, cutShort } = measured;
	const seconds = (performance.now() - startedAt) / 1000;
	const checks = checksOf(measured, scenario, seconds);
	const how = `${rounds} rounds in ${seconds.toFixed(0)} s${cutShort === undefined ? "" : `, cut short: ${cutShort}`}.`;
	const file = await writeReportFile(
		reportDir,
		baselineFile,
		`${JSON.stringify(figures, undefined, "\t")}\n`,
	);
	const pictures =
		rounds === 0
			? []
			: await writePictures(
					reportDir,
					[
						{
							name: "performance_baseline-distribution",
							alt: "Which share of the answers took at most how long",
							svg: drawDistribution("Performance baseline", [
								{ side: "before", figures },
							]),
						},
					],
					talk,
				);
	await writeReportFile(
		reportDir,
		"performance_baseline.md",
		renderBaseline(figures, how, pictures),
	);
	const outcome = worst(checks);
	return {
		outcome,
		checks,
		facts: { file, rounds, metrics: figures.metrics },
		next:
			outcome === "passed"
				? `Baseline of ${baseUrl} is in ${file}; compare with it: cutover perf compare --before ${file} --after-url URL`
				: `The baseline of ${baseUrl} is no ground to compare with; what was measured is in ${file}`,
	};
}

function worst(checks: readonly Check[]): Outcome {
	if (checks.some(({ outcome }) => outcome === "failed")) return "failed";
	return checks.every(({ outcome }) => outcome === "passed")
		? "passed"
		: "inconclusive";
}

function checksOf(
	{ figures, rounds, cutShort }: Measured,
	{ errorShare }: Scenario,
	seconds: number,
): readonly Check[] {
	const failing = Object.entries(figures.errors).filter(
		([, { asked, failed }]) => failed > errorShare * asked,
	);
	return [
		{
			name: "rounds",
			outcome: rounds >= leastRounds ? "passed" : "inconclusive",
			expected: `at least ${leastRounds}`,
			actual: `${rounds}${cutShort === undefined ? "" : `, ${cutShort}`}`,
			seconds,
		},
		{
			name: "errors",
			outcome: failing.length === 0 ? "passed" : "failed",
			expected: `at most ${errorShare * 100} % of the answers`,
			actual: failing.length === 0 ? "none or few" : "too many",
			...(failing.length > 0 && {
				details: failing.map(
					([name, { asked, failed }]) =>
						`${name}: ${failed} of ${asked}; the reasons are in the samples`,
				),
			}),
			seconds: 0,
		},
	];
}
