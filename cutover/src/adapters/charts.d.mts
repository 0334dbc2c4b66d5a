/** What a custom mark is drawn from: the data's values, and where they lie on the picture. */
export interface MarkApi {
	value(dimension: number): number;
	/** Pixels of a point in the values of both axes. */
	coord(point: readonly [number, number]): [number, number];
}

/** A picture as the library describes it. */
export type ChartOption = Readonly<Record<string, unknown>>;

/** Draws a picture as the text of an SVG file; needs neither browser nor fonts. Sizes are pixels. */
export function drawSvg(
	option: ChartOption,
	size: { readonly width: number; readonly height: number },
): string;
