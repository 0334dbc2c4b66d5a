import type { Baseline, Fingerprint } from "./baseline.ts";
import { changeText, share } from "./checks.ts";
import type { ComparedMetric, Comparison } from "./judge.ts";
import { timeText } from "./text.ts";

/** What a report of a comparison is written from. */
export interface ComparedReport {
	readonly before: Baseline;
	readonly after: Baseline;
	readonly comparison: Comparison;
	/** How it was measured, in a sentence. */
	readonly how: string;
	readonly at: string;
	readonly pictures: readonly { readonly alt: string; readonly file: string }[];
}

const words = {
	passed: "PASSED",
	failed: "FAILED",
	inconclusive: "INCONCLUSIVE",
	"not run": "NOT RUN",
} as const;

/** A comparison as Markdown. */
export function renderComparison(report: ComparedReport): string {
	const { comparison, before, after } = report;
	const { metrics, errors, incomparable } = comparison;
	return join([
		`# Performance: ${words[comparison.outcome]}`,
		`${report.at}. ${report.how}`,
		summary(comparison),
		...(incomparable.length > 0
			? [
					`## Why this cannot be compared\n\n${incomparable.map((line) => `- ${line}`).join("\n")}`,
				]
			: []),
		...report.pictures.map(({ alt, file }) => `![${alt}](${file})`),
		"## What decides",
		metricTable(metrics.filter(({ decides }) => decides)),
		"## What raises an alarm when it is surely worse",
		metricTable(metrics.filter(({ decides, alarms }) => alarms && !decides)),
		"## What is reported",
		metricTable(metrics.filter(({ decides, alarms }) => !alarms && !decides)),
		"## Errors",
		table(
			["endpoint or query", "before", "after", "verdict"],
			errors.map((one) => [
				one.probe,
				share(one.before),
				share(one.after),
				`${words[one.outcome]}: ${one.reason}`,
			]),
		),
		"## What was measured with",
		fingerprintTable(before, after),
	]);
}

/** A baseline as Markdown. */
export function renderBaseline(
	figures: Baseline,
	how: string,
	pictures: ComparedReport["pictures"],
): string {
	return join([
		"# Performance baseline",
		`${figures.takenAt}, ${figures.server}. ${how}`,
		...pictures.map(({ alt, file }) => `![${alt}](${file})`),
		table(
			["metric", "value", "interval at 95 %", "unit", "threshold", "samples"],
			Object.entries(figures.metrics).map(([name, metric]) => [
				name,
				timeText(metric.value),
				metric.interval?.map(timeText).join(" to ") ?? "too few samples",
				metric.unit,
				share(metric.threshold),
				String(metric.samples),
			]),
		),
		table(
			["endpoint or query", "asked", "errors"],
			Object.entries(figures.errors).map(([name, { asked, failed }]) => [
				name,
				String(asked),
				String(failed),
			]),
		),
		table(
			["", "baseline"],
			fingerprintRows(figures.fingerprint).map(([name, value]) => [
				name,
				value,
			]),
		),
	]);
}

function summary({ metrics, outcome }: Comparison): string {
	const overall = metrics.find(({ name }) => name === "all endpoints p50");
	const worse = metrics.filter(
		(metric) =>
			(metric.decides || metric.alarms) && metric.outcome === "failed",
	);
	const parts = [
		...(overall === undefined
			? []
			: [
					`The medians of all endpoints together changed by ${changeText(overall)}.`,
				]),
		...(worse.length > 0 && outcome === "failed"
			? [`Surely worse: ${worse.map(({ name }) => name).join(", ")}.`]
			: []),
	];
	return parts.join(" ");
}

function metricTable(metrics: readonly ComparedMetric[]): string {
	return table(
		[
			"metric",
			"before",
			"after",
			"unit",
			"threshold",
			"change (95 %)",
			"verdict",
			"samples",
		],
		metrics.map((metric) => [
			metric.name,
			timeText(metric.before.value),
			timeText(metric.after.value),
			metric.unit,
			share(metric.threshold),
			changeText(metric),
			verdictOf(metric),
			`${metric.before.samples} + ${metric.after.samples}`,
		]),
	);
}

function verdictOf(metric: ComparedMetric): string {
	const where = {
		passed: "inside",
		failed: "outside",
		inconclusive: "undecided",
		"not run": "not run",
	}[metric.outcome];
	return `${where}: ${metric.reason}`;
}

function fingerprintTable(before: Baseline, after: Baseline): string {
	const second = new Map(fingerprintRows(after.fingerprint));
	return table(
		["", "before", "after"],
		[
			["server", before.server, after.server],
			["taken at", before.takenAt, after.takenAt],
			...fingerprintRows(before.fingerprint).map(([name, value]) => [
				name,
				value,
				second.get(name) ?? "",
			]),
		],
	);
}

function fingerprintRows(
	fingerprint: Fingerprint | undefined,
): readonly (readonly [string, string])[] {
	if (fingerprint === undefined) return [];
	const rows = Object.entries(fingerprint.dataSet ?? {});
	return [
		["load generator", fingerprint.generator],
		["vantage point", fingerprint.vantage],
		[
			"data set",
			rows.map(([name, count]) => `${count} ${name}`).join(", ") ||
				"unknown: no database was given",
		],
		["scenario", fingerprint.scenario.slice(0, 12)],
		...(fingerprint.referenceMs === undefined
			? []
			: [["empty answer", `${timeText(fingerprint.referenceMs)} ms`] as const]),
	];
}

function table(
	head: readonly string[],
	rows: readonly (readonly string[])[],
): string {
	if (rows.length === 0) return "None.";
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join(
		"\n",
	);
}

function join(parts: readonly string[]): string {
	return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
