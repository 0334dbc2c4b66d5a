import type { Baseline } from "../baseline.ts";
import { timeText } from "../text.ts";
import { legend } from "./panels.ts";
import { colours, draw, fontSizes } from "./theme.ts";

const headPx = 176;
const panelPx = 190;
const panelGapPx = 116;

/** Slowest answers left out of the picture: one of a thousand must not squeeze the others. */
const shownShare = 0.98;

/** One panel per endpoint and query: which share of the answers took at most so long, before and after. */
export function drawDistribution(
	title: string,
	sides: readonly {
		readonly side: "before" | "after";
		readonly figures: Pick<Baseline, "quantiles">;
	}[],
): string {
	const probes = Object.keys(sides[0]?.figures.quantiles ?? {});
	const topOf = (at: number) => headPx + 52 + at * (panelPx + panelGapPx);
	return draw(
		{
			title: [
				{
					text: title,
					left: 24,
					top: 22,
					textStyle: { fontSize: fontSizes.title, color: colours.text },
				},
				{
					text: "Share of answers that took at most so many ms",
					left: 24,
					top: 78,
					textStyle: { fontSize: fontSizes.label, color: colours.text },
				},
				...(sides.length > 1 ? [legend(118)] : []),
				...probes.map((probe, at) => ({
					text: probe,
					left: 24,
					top: topOf(at) - 50,
					textStyle: { fontSize: fontSizes.label, color: colours.text },
				})),
			],
			grid: probes.map((_, at) => ({
				left: 100,
				right: 48,
				top: topOf(at),
				height: panelPx,
			})),
			xAxis: probes.map((probe, at) => ({
				type: "value",
				gridIndex: at,
				min: 0,
				max: reach(sides.map(({ figures }) => figures.quantiles?.[probe])),
				splitNumber: 4,
				axisLabel: {
					fontSize: fontSizes.small,
					color: colours.faint,
					hideOverlap: true,
					showMaxLabel: false,
					formatter: (value: number) =>
						value === 0 ? "0" : String(Number(timeText(value))),
				},
				splitLine: { lineStyle: { color: colours.line } },
			})),
			yAxis: probes.map((_, at) => ({
				type: "value",
				gridIndex: at,
				min: 0,
				max: 100,
				interval: 50,
				axisLabel: {
					fontSize: fontSizes.small,
					color: colours.faint,
					formatter: "{value} %",
				},
				splitLine: { lineStyle: { color: colours.line } },
			})),
			series: probes.flatMap((probe, at) =>
				sides.map(({ side, figures }) => ({
					type: "line",
					xAxisIndex: at,
					yAxisIndex: at,
					showSymbol: false,
					clip: true,
					lineStyle: { color: colours[side], width: 4 },
					data: (figures.quantiles?.[probe] ?? []).map((ms, share) => [
						ms,
						share,
					]),
				})),
			),
		},
		topOf(probes.length - 1) + panelPx + 72,
	);
}

function reach(curves: readonly (readonly number[] | undefined)[]): number {
	const values = curves.map(
		(curve) => curve?.[Math.round(shownShare * 100)] ?? 0,
	);
	return Math.max(0.001, ...values) * 1.02;
}
