import type { Check } from "../../cutover/src/outcome.ts";
import type { Circumstances } from "../program.ts";
import type { Variant } from "./databases.ts";
import type { Absent, Scaled, Summary } from "./results.ts";

/** Where and how the figures were taken. */
export interface Setting extends Circumstances {
	readonly versions: Readonly<Record<string, string>>;
	readonly serverSettings: Readonly<Record<string, string>>;
}

export interface Report {
	readonly circumstances: Setting;
	readonly goals: readonly Check[];
	readonly summaries: readonly Summary[];
	readonly scaled: Scaled | undefined;
	readonly absent: readonly Absent[];
}

const variantTitles: Readonly<Record<Variant, string>> = {
	own: "Tables of our own",
	supabase: "Tables that Supabase Auth made",
};

/** The report as Markdown. */
export function renderReport(report: Report): string {
	const { circumstances } = report;
	const sections = (["own", "supabase"] as const).flatMap((variant) =>
		renderVariant(variant, report),
	);
	return `${[
		"# Conversion, measured",
		`${circumstances.date}, ${circumstances.machine}. Repeat it with \`${circumstances.command}\`.`,
		"Source and target are two servers on the same machine, which the clients share with them. Every contender starts from an empty target and ends with the same rows, indexes, constraints and quarantine, compared by hash before its time counts. Times are medians of interleaved rounds.",
		...sections,
		...renderScaled(report),
		"## Goals",
		table(
			["goal", "expected", "measured", "outcome"],
			report.goals.map((one) => [
				one.name.replaceAll("|", "\\|"),
				one.expected,
				one.actual,
				one.outcome,
			]),
		),
		"## How it was measured",
		table(["what", "version"], Object.entries(circumstances.versions)),
		table(
			["contender", "how it is tuned"],
			uniqueSettings(report.summaries).map(({ title, settings }) => [
				title,
				settings.replaceAll("|", "\\|"),
			]),
		),
		"Both servers:",
		`\`\`\`\n${Object.entries(circumstances.serverSettings)
			.map(([name, value]) => `${name} = ${value}`)
			.join("\n")}\n\`\`\``,
		"CPU time is the servers' own (postmaster, ended backends and live ones) and that of every client process, in microseconds per legacy row. Memory is the clients' resident memory together at its peak. The WAL is the target's.",
	].join("\n\n")}\n`;
}

function renderVariant(variant: Variant, report: Report): readonly string[] {
	const summaries = report.summaries
		.filter((one) => one.variant === variant && one.contender.kind !== "part")
		.sort((one, other) => other.rowsPerSecond - one.rowsPerSecond);
	const absent = report.absent.filter((one) => one.variant === variant);
	if (summaries.length + absent.length === 0) return [];
	const ours = summaries.find(({ contender }) => contender.kind === "ours");
	const floor = summaries.find(({ contender }) => contender.kind === "floor");
	const phases = report.summaries.filter(
		(one) => one.variant === variant && one.phases.length > 0,
	);
	return [
		`## ${variantTitles[variant]}`,
		table(
			[
				"contender",
				"rows",
				"seconds",
				"rows/s",
				"CPU µs/row",
				"source + target + client",
				"WAL MB per 1M users",
				"client MB",
				"ours is faster by",
				"of the floor",
			],
			[
				...summaries.map((one) => renderSummary(one, ours, floor)),
				...absent.map((one) => [
					one.contender,
					`${one.outcome}: ${one.reason.split("\n")[0]?.replaceAll("|", "\\|")}`,
					...Array.from({ length: 8 }, () => ""),
				]),
			],
		),
		...(phases.length === 0
			? []
			: [
					table(
						["parts of", "part", "seconds", "CPU µs/row"],
						phases.flatMap((one) =>
							one.phases.map((phase) => [
								one.contender.title,
								phase.name,
								phase.seconds.toFixed(2),
								phase.cpuMicrosPerRow.toFixed(1),
							]),
						),
					),
				]),
	];
}

function renderSummary(
	one: Summary,
	ours: Summary | undefined,
	floor: Summary | undefined,
): readonly string[] {
	const { source, target, client, total } = one.cpuMicrosPerRow;
	const times = ([low, high]: readonly [number, number]) =>
		one.samples === 1 ? "" : ` (${low.toFixed(2)}–${high.toFixed(2)})`;
	return [
		one.contender.title,
		one.rows.toLocaleString("en"),
		`${one.seconds.toFixed(2)}${times(one.secondsRange)}`,
		Math.round(one.rowsPerSecond).toLocaleString("en"),
		total.toFixed(1),
		[source, target, client].map((part) => part.toFixed(1)).join(" + "),
		one.walBytesPerRow.toFixed(0),
		(one.clientPeakBytes / 2 ** 20).toFixed(0),
		ours === undefined || one === ours
			? "–"
			: `${(ours.rowsPerSecond / one.rowsPerSecond).toFixed(2)}×`,
		floor === undefined || one === floor
			? "–"
			: `${((100 * one.rowsPerSecond) / floor.rowsPerSecond).toFixed(0)} %`,
	];
}

function renderScaled({ scaled }: Report): readonly string[] {
	if (scaled === undefined) return [];
	return [
		"## Scaling",
		table(
			["rows", "seconds", "rows/s", "CPU µs/row", "Node MB"],
			[scaled.fewer, scaled.more].map((one) => [
				one.rows.toLocaleString("en"),
				one.seconds.toFixed(2),
				Math.round(one.rowsPerSecond).toLocaleString("en"),
				one.cpuMicrosPerRow.total.toFixed(1),
				(one.clientPeakBytes / 2 ** 20).toFixed(0),
			]),
		),
		`CPU per row of each run of the many, against the runs of the fewer before and after it: ${scaled.cpuRatios.map((one) => one.toFixed(2)).join(", ")}.`,
	];
}

function uniqueSettings(summaries: readonly Summary[]) {
	return [
		...new Map(
			summaries.map(({ contender }) => [contender.name, contender]),
		).values(),
	];
}

function table(
	head: readonly string[],
	rows: readonly (readonly string[])[],
): string {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join(
		"\n",
	);
}
