import { access } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { NotAvailableError, reasonOf } from "../errors.ts";

/** The part of the library that is used. */
interface Renderer {
	readonly Resvg: new (
		svg: string,
		options: unknown,
	) => { render(): { asPng(): Uint8Array } };
}

/** The font that pictures are drawn with, wherever they are looked at. */
export const pictureFont = "DejaVu Sans";

/**
 * Turns an SVG picture into PNG, in its own size, with a font of our own: machines without fonts draw it as well.
 *
 * @throws NotAvailableError where the library or its font is not installed.
 */
export async function toPng(svg: string): Promise<Uint8Array> {
	// Asked for by name at run time: it is machine code for this processor and cannot be part of a bundle.
	const load = createRequire(import.meta.url);
	try {
		const { Resvg } = load("@resvg/resvg-js") as Renderer;
		const fonts = join(
			dirname(load.resolve("dejavu-fonts-ttf/package.json")),
			"ttf",
		);
		const fontFiles = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((name) =>
			join(fonts, name),
		);
		for (const file of fontFiles) await access(file);
		return new Resvg(svg, {
			font: {
				fontFiles,
				loadSystemFonts: false,
				defaultFontFamily: pictureFont,
			},
		})
			.render()
			.asPng();
	} catch (error) {
		throw new NotAvailableError(
			`no PNG can be drawn here: ${reasonOf(error)}; the SVG beside it shows the same`,
			{ cause: error },
		);
	}
}
