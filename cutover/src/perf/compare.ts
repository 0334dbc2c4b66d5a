import type { Talk } from "../console.ts";
import type { Result } from "../outcome.ts";
import { scenarioOf } from "./account.ts";
import type { Baseline } from "./baseline.ts";
import { checksOf } from "./checks.ts";
import { type Comparison, compareFigures } from "./judge.ts";
import { compareLive } from "./live.ts";
import { renderComparison } from "./markdown.ts";
import { measure } from "./measure.ts";
import { drawDistribution } from "./pictures/distribution.ts";
import { drawPanels } from "./pictures/panels.ts";
import { readBaseline } from "./readBaseline.ts";
import { writePictures, writeReportFile } from "./reportFiles.ts";
import { openSampleLog } from "./sampleLog.ts";
import type { Scenario } from "./scenario.ts";
import type { CompareSettings } from "./settings.ts";
import { openSide, type Side } from "./side.ts";

interface Compared {
	readonly before: Baseline;
	readonly after: Baseline;
	readonly comparison: Comparison;
	readonly rounds: number;
	/** How it was measured, in a sentence. */
	readonly how: string;
	/** Why it ended before it was decided; undefined when it was. */
	readonly cutShort: string | undefined;
}

/** Rounds of a system that is compared with a file. */
const usualRounds = 20;

/** Compares two systems, two files, or a file with a system, and writes report, figures, samples and pictures. */
export async function comparePerformance(
	settings: CompareSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const scenario = await scenarioOf(settings);
	const compared = await compare(settings, scenario, talk, signal);
	const { comparison, before, after, how, rounds, cutShort } = compared;
	const seconds = (performance.now() - startedAt) / 1000;
	const { outcome } = comparison;
	const deciding = comparison.metrics.filter(({ decides }) => decides);
	const pictures =
		deciding.length === 0
			? []
			: await writePictures(
					settings.reportDir,
					[
						{
							name: "perf_compare",
							alt: "Times before and after, and the change in percent",
							svg: drawPanels(`Performance: ${outcome}`, deciding),
						},
						{
							name: "perf_compare-distribution",
							alt: "Which share of the answers took at most how long, before and after",
							svg: drawDistribution("Distribution of the times", [
								{ side: "before", figures: before },
								{ side: "after", figures: after },
							]),
						},
					],
					talk,
				);
	await writeReportFile(
		settings.reportDir,
		"perf_compare.json",
		`${JSON.stringify({ ...comparison, before, after, rounds, seconds, cutShort }, undefined, "\t")}\n`,
	);
	const file = await writeReportFile(
		settings.reportDir,
		"perf_compare.md",
		renderComparison({
			before,
			after,
			comparison,
			how,
			at: new Date().toISOString(),
			pictures,
		}),
	);
	return {
		outcome,
		checks: checksOf(comparison, seconds),
		facts: { rounds, seconds, file, metrics: comparison.metrics },
		next: `${conclusion(compared)}; ${file} says more`,
	};
}

async function compare(
	settings: CompareSettings,
	scenario: Scenario,
	talk: Talk,
	signal: AbortSignal,
): Promise<Compared> {
	const { before, after, beforeUrl, afterUrl } = settings;
	if (before !== undefined) {
		const first = await readBaseline(before);
		const second =
			after !== undefined
				? { figures: await readBaseline(after), rounds: 0, cutShort: undefined }
				: await measureAfter(settings, scenario, talk, signal);
		return {
			before: first,
			after: second.figures,
			comparison: compareFigures(first, second.figures, {
				paired: false,
				looks: 1,
				errorShare: scenario.errorShare,
			}),
			rounds: second.rounds,
			cutShort: second.cutShort,
			how: `Measured at different times: what changed between them besides the server is in the change too.${cutShortText(second.cutShort)}`,
		};
	}
	return await withSides(
		settings,
		scenario,
		[
			["before", beforeUrl, settings.beforeDatabase],
			["after", afterUrl, settings.afterDatabase],
		],
		async ([one, other]) => {
			if (one === undefined || other === undefined) {
				throw new Error("two systems were opened");
			}
			const log = sampleLog(settings);
			const live = await compareLive(
				[one, other],
				scenario,
				settings,
				log,
				talk,
				signal,
			);
			return {
				...live,
				how: `Both measured in turn, ${live.rounds} rounds.${cutShortText(live.cutShort)}`,
			};
		},
	);
}

async function measureAfter(
	settings: CompareSettings,
	scenario: Scenario,
	talk: Talk,
	signal: AbortSignal,
) {
	return await withSides(
		settings,
		scenario,
		[["after", settings.afterUrl, settings.afterDatabase]],
		async ([side]) => {
			if (side === undefined) throw new Error("a system was opened");
			return await measure(
				side,
				scenario,
				{ ...settings, rounds: usualRounds },
				sampleLog(settings),
				talk,
				signal,
			);
		},
	);
}

function sampleLog(settings: CompareSettings) {
	return openSampleLog(settings.reportDir, "perf_compare_samples.ndjson", {
		startedAt: new Date().toISOString(),
		before: settings.before ?? settings.beforeUrl,
		after: settings.after ?? settings.afterUrl,
	});
}

/** Opens the systems, and closes whatever was opened. */
async function withSides<T>(
	settings: CompareSettings,
	scenario: Scenario,
	wanted: readonly (readonly [
		label: string,
		url: string | undefined,
		database: string | undefined,
	])[],
	work: (sides: readonly Side[]) => Promise<T>,
): Promise<T> {
	const sides: Side[] = [];
	try {
		for (const [label, baseUrl = "", database] of wanted) {
			sides.push(
				await openSide({ ...settings, label, baseUrl, database }, scenario),
			);
		}
		return await work(sides);
	} finally {
		for (const side of sides) await side.close();
	}
}

function cutShortText(reason: string | undefined): string {
	return reason === undefined ? "" : ` Ended early: ${reason}.`;
}

function conclusion({ comparison, cutShort }: Compared): string {
	const { outcome, incomparable, metrics, errors } = comparison;
	if (outcome === "passed") {
		return "No deciding metric is worse by more than its threshold";
	}
	if (outcome === "failed") {
		const worse = [
			...errors.filter((one) => one.outcome === "failed"),
			...metrics.filter(
				(one) => (one.decides || one.alarms) && one.outcome === "failed",
			),
		].map((one) => ("probe" in one ? `${one.probe} errors` : one.name));
		return `Surely worse: ${worse.join(", ")}`;
	}
	if (incomparable.length > 0) {
		return `Cannot be compared: ${incomparable.join("; ")}`;
	}
	return `Undecided${cutShort === undefined ? "" : ` (${cutShort})`}; measure again on a quieter machine, or longer with --max-seconds`;
}
