import type { Check } from "../../cutover/src/outcome.ts";
import type { Circumstances } from "../program.ts";
import type { Run } from "./campaign.ts";
import type { Options } from "./options.ts";

export interface Report extends Circumstances {
	readonly options: Options;
	readonly runs: readonly Run[];
	readonly minutes: number;
}

/** What the campaign promises: nine in ten right, none wrong, none long. */
export function judge({ runs }: Report): readonly Check[] {
	const goal = (
		kind: Run["kind"],
		right: Run["outcome"],
		wrong: Run["outcome"],
	): Check[] => {
		const own = runs.filter((run) => run.kind === kind);
		if (own.length === 0) return [];
		const count = (outcome: Run["outcome"]) =>
			own.filter((run) => run.outcome === outcome).length;
		const least = Math.ceil(own.length * 0.9);
		return [
			{
				name: `${kind}: ${right}`,
				outcome: count(right) >= least ? "passed" : "failed",
				expected: `at least ${least} of ${own.length} ${right}`,
				actual: `${count(right)}`,
				seconds: 0,
			},
			{
				name: `${kind}: ${wrong}`,
				outcome: count(wrong) === 0 ? "passed" : "failed",
				expected: `none ${wrong}`,
				actual: `${count(wrong)}`,
				seconds: 0,
			},
		];
	};
	const longest = Math.max(0, ...runs.map(({ seconds }) => seconds));
	return [
		...goal("same", "passed", "failed"),
		...goal("slow", "failed", "passed"),
		{
			name: "time of one comparison",
			outcome: longest < 60 ? "passed" : "failed",
			expected: "under 60 s",
			actual: `${longest.toFixed(1)} s at most`,
			seconds: longest,
		},
	];
}

/** The campaign as Markdown. */
export function renderReport(report: Report, goals: readonly Check[]): string {
	const kinds = [
		["same", "the same version twice"],
		["slow", `a version that takes ${report.options.factor} times as long`],
	] as const;
	const row = ([kind, title]: (typeof kinds)[number]) => {
		const own = report.runs.filter((run) => run.kind === kind);
		const count = (outcome: Run["outcome"]) =>
			own.filter((run) => run.outcome === outcome).length;
		const seconds = own.map((run) => run.seconds);
		const changes = own.flatMap(({ change }) =>
			change === undefined ? [] : [change * 100],
		);
		return `| ${title} | ${own.length} | ${count("passed")} | ${count("failed")} | ${count("inconclusive") + count("not run")} | ${spread(changes, 1)} % | ${spread(
			own.map(({ rounds }) => rounds),
			0,
		)} | ${spread(seconds, 1)} s | ${spread(
			own.map(({ load }) => load),
			1,
		)} |`;
	};
	return `${[
		`# perf compare, ${report.date}`,
		`\`${report.command}\`; ${report.machine}; ${report.minutes.toFixed(0)} minutes. Median (least to greatest).`,
		[
			"| compared | runs | passed | failed | undecided | measured change | rounds | time | load of the machine |",
			"|---|---|---|---|---|---|---|---|---|",
			...kinds.map(row),
		].join("\n"),
		goals
			.map(
				({ name, outcome, expected, actual }) =>
					`- ${outcome}: ${name}: ${actual} (${expected})`,
			)
			.join("\n"),
	].join("\n\n")}\n`;
}

function spread(values: readonly number[], digits: number): string {
	const sorted = [...values].sort((one, other) => one - other);
	const [low, middle, high] = [
		sorted[0],
		sorted[sorted.length >> 1],
		sorted.at(-1),
	];
	if (low === undefined || middle === undefined || high === undefined)
		return "–";
	return `${middle.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}
