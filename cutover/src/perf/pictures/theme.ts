import { type ChartOption, drawSvg } from "../../adapters/charts.mjs";

/** Width of every picture in pixels: twice that of a small phone, so that 24 pixels are 12 there. */
export const pictureWidth = 750;

/** Colours on a light ground; each must be unique here, since dark ones are found by them. */
export const colours = {
	ground: "#ffffff",
	text: "#1f2328",
	faint: "#59636e",
	line: "#d1d9e0",
	before: "#8493a8",
	after: "#2563eb",
	better: "#1a7f37",
	worse: "#cf222e",
	threshold: "#9a6700",
} as const;

const onDark: Readonly<Record<keyof typeof colours, string>> = {
	ground: "#0d1117",
	text: "#f0f6fc",
	faint: "#9198a1",
	line: "#3d444d",
	before: "#9aa7b8",
	after: "#4c8dff",
	better: "#3fb950",
	worse: "#f85149",
	threshold: "#d29922",
};

export const fontSizes = { title: 32, label: 24, small: 21 } as const;

const fonts = "'DejaVu Sans', Verdana, Arial, sans-serif";

/** Draws a picture that follows the reader's light or dark setting by itself. */
export function draw(option: ChartOption, height: number): string {
	const svg = drawSvg(
		{
			backgroundColor: colours.ground,
			textStyle: { fontFamily: fonts, color: colours.text },
			...option,
		},
		{ width: pictureWidth, height },
	);
	return withDark(svg);
}

/** Presentation attributes give way to a style sheet: so one rule per colour is all that a dark picture needs. */
function withDark(svg: string): string {
	const rules = Object.entries(colours).flatMap(([name, light]) =>
		["fill", "stroke"].map(
			(attribute) =>
				`[${attribute}="${light}"]{${attribute}:${onDark[name as keyof typeof colours]}}`,
		),
	);
	return svg.replace(
		/<svg [^>]*>/,
		(opening) =>
			`${opening}<style>@media (prefers-color-scheme: dark){${rules.join("")}}</style>`,
	);
}
