import type { ChartOption, MarkApi } from "../../adapters/charts.mjs";
import type { ComparedMetric } from "../judge.ts";
import { percent, timeText } from "../text.ts";
import { colours, draw, fontSizes } from "./theme.ts";

const rowPx = 84;
const headPx = 176;
const panelGapPx = 200;
const leftPx = 208;
const rightPx = 118;
const footPx = 56;
const barPx = 28;

/** Changes beyond this are cut off: one row must not squeeze the others. */
const mostShown = 1.5;

/**
 * Two panels, one below the other: what was measured before and after, and the change. A row per metric; whiskers are the
 * intervals at 95 %.
 *
 * @param title what was found, for example "Performance: passed".
 */
export function drawPanels(
	title: string,
	metrics: readonly ComparedMetric[],
): string {
	const height = metrics.length * rowPx;
	const second = headPx + height + panelGapPx;
	const names = metrics.map(({ name }) => name.replace(/ p50$/, ""));
	return draw(
		{
			title: [
				{
					text: title,
					left: 24,
					top: 22,
					textStyle: { fontSize: fontSizes.title, color: colours.text },
				},
				heading("Median time of an answer, in ms", 78),
				legend(118),
				heading("Change, in %", second - 128),
				{
					text: "{better|■}{word| better    }{worse|■}{word| worse    }{threshold|┆}{word| threshold}",
					left: 24,
					top: second - 88,
					textStyle: {
						fontSize: fontSizes.small,
						color: colours.faint,
						fontWeight: "normal",
						rich: rich(["better", "worse", "threshold"]),
					},
				},
			],
			grid: [
				{ left: leftPx, right: rightPx, top: headPx, height },
				{ left: leftPx, right: rightPx, top: second, height },
			],
			yAxis: [rows(names, 0), rows(names, 1)],
			xAxis: [timeAxis(metrics), changeAxis(metrics)],
			series: [...timeBars(metrics), ...changeBars(metrics)],
		},
		second + height + footPx,
	);
}

function heading(text: string, top: number) {
	return {
		text,
		left: 24,
		top,
		textStyle: { fontSize: fontSizes.label, color: colours.text },
	};
}

/** Which colour is which side. */
export function legend(top: number) {
	return {
		text: "{before|■}{word| before    }{after|■}{word| after}",
		left: 24,
		top,
		textStyle: {
			fontSize: fontSizes.small,
			color: colours.faint,
			fontWeight: "normal",
			rich: rich(["before", "after"]),
		},
	};
}

function rich(names: readonly (keyof typeof colours)[]) {
	return {
		word: { color: colours.faint, fontSize: fontSizes.small },
		...Object.fromEntries(
			names.map((name) => [
				name,
				{ color: colours[name], fontSize: fontSizes.label },
			]),
		),
	};
}

function rows(names: readonly string[], gridIndex: number) {
	return {
		type: "category",
		gridIndex,
		data: names,
		inverse: true,
		axisTick: { show: false },
		axisLine: { show: false },
		axisLabel: {
			fontSize: fontSizes.small,
			lineHeight: 25,
			color: colours.text,
			width: leftPx - 30,
			overflow: "break",
			margin: 14,
		},
	};
}

/** Fast and slow in one picture: by factors where they lie far apart. */
function timeAxis(metrics: readonly ComparedMetric[]) {
	const values = metrics.flatMap(({ before, after }) => [
		before.value,
		after.value,
	]);
	const [low, high] = [Math.min(...values), Math.max(...values)];
	const isWide = high > 20 * low;
	return {
		type: isWide ? "log" : "value",
		gridIndex: 0,
		...(isWide && { min: 10 ** Math.floor(Math.log10(low / 1.5)) }),
		splitNumber: 4,
		...axisLook,
		axisLabel: {
			...axisLook.axisLabel,
			formatter: (value: number) => String(Number(value.toPrecision(3))),
		},
	};
}

const axisLook = {
	axisLabel: {
		fontSize: fontSizes.small,
		color: colours.faint,
		hideOverlap: true,
	},
	splitLine: { lineStyle: { color: colours.line } },
};

function timeBars(metrics: readonly ComparedMetric[]): readonly ChartOption[] {
	return (["before", "after"] as const).map((side, at) =>
		marks(
			0,
			at === 0 ? -(barPx / 2 + 1) : barPx / 2 + 1,
			metrics.map((metric) => ({
				value: metric[side].value,
				interval: metric[side].interval,
				text: timeText(metric[side].value),
				colour: colours[side],
				opacity: 1,
			})),
		),
	);
}

function changeAxis(metrics: readonly ComparedMetric[]) {
	const reach = (sign: number) => {
		const ends = metrics.flatMap(({ change, interval, threshold }) => [
			sign * change,
			sign > 0 ? threshold * 1.5 : 0.1,
			...(interval ?? []).map((end) => sign * end),
		]);
		return Math.ceil(Math.min(mostShown, Math.max(...ends) * 1.05) * 20) * 5;
	};
	return {
		type: "value",
		gridIndex: 1,
		min: -reach(-1),
		max: reach(1),
		splitNumber: 4,
		...axisLook,
		axisLabel: {
			...axisLook.axisLabel,
			showMinLabel: false,
			showMaxLabel: false,
		},
	};
}

function changeBars(
	metrics: readonly ComparedMetric[],
): readonly ChartOption[] {
	const shown = (share: number) =>
		Math.max(-mostShown, Math.min(mostShown, share)) * 100;
	const thresholds = [...new Set(metrics.map(({ threshold }) => threshold))];
	return [
		marks(
			1,
			0,
			metrics.map(({ change, interval }) => ({
				value: shown(change),
				interval: interval && [shown(interval[0]), shown(interval[1])],
				text: percent(change),
				colour: change > 0 ? colours.worse : colours.better,
				// A change that may as well be none is no news.
				opacity: interval && interval[0] < 0 && interval[1] > 0 ? 0.45 : 1,
			})),
		),
		{
			type: "line",
			xAxisIndex: 1,
			yAxisIndex: 1,
			data: [],
			markLine: {
				symbol: "none",
				silent: true,
				lineStyle: { color: colours.threshold, type: "dashed", width: 3 },
				label: { show: false },
				data: thresholds.map((threshold) => ({ xAxis: threshold * 100 })),
			},
		},
	];
}

interface Mark {
	readonly value: number;
	readonly interval: readonly [number, number] | undefined;
	/** Written at the right edge. */
	readonly text: string;
	readonly colour: string;
	readonly opacity: number;
}

/**
 * A bar per row with its interval as whiskers. Drawn by hand: the library's own bars begin at 1 on an axis of factors, and
 * know no whiskers.
 */
function marks(
	grid: number,
	shiftPx: number,
	rows: readonly Mark[],
): ChartOption {
	return {
		type: "custom",
		xAxisIndex: grid,
		yAxisIndex: grid,
		data: rows.map(({ value, interval }, row) => [
			value,
			row,
			interval?.[0] ?? value,
			interval?.[1] ?? value,
		]),
		encode: { x: [0, 2, 3], y: 1 },
		renderItem: (
			{ coordSys }: { coordSys: { x: number; width: number } },
			api: MarkApi,
		) => {
			const row = api.value(1);
			const mark = rows[row];
			const [end, middle] = api.coord([api.value(0), row]);
			const [low] = api.coord([api.value(2), row]);
			const [high] = api.coord([api.value(3), row]);
			const [zero] = api.coord([0, row]);
			// On an axis of factors there is no zero: the bar begins at the edge.
			const start = Number.isFinite(zero)
				? Math.max(zero, coordSys.x)
				: coordSys.x;
			const y = middle + shiftPx;
			const line = (x1: number, y1: number, x2: number, y2: number) => ({
				type: "line",
				shape: { x1, y1, x2, y2 },
				style: { stroke: colours.text, lineWidth: 2 },
			});
			return {
				type: "group",
				children: [
					{
						type: "rect",
						shape: {
							x: Math.min(start, end),
							y: y - barPx / 2,
							width: Math.abs(end - start),
							height: barPx,
						},
						style: { fill: mark?.colour, opacity: mark?.opacity },
					},
					...(mark?.interval === undefined
						? []
						: [
								line(low, y, high, y),
								line(low, y - 7, low, y + 7),
								line(high, y - 7, high, y + 7),
							]),
					{
						type: "text",
						x: coordSys.x + coordSys.width + 14,
						y,
						style: {
							text: mark?.text ?? "",
							fontSize: fontSizes.small,
							fill: colours.text,
							verticalAlign: "middle",
						},
					},
				],
			};
		},
	};
}
