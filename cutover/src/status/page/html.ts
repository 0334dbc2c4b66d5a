/** Markup that is safe to put into a page: only `html` and `raw` make it. */
export interface Markup {
	readonly markup: string;
}

type Part = Markup | string | number | undefined | readonly Part[];

/** A piece of a page. Whatever is put in is escaped, unless it is markup itself; nothing stands for undefined. */
export function html(
	texts: TemplateStringsArray,
	...parts: readonly Part[]
): Markup {
	return {
		markup: texts
			.map(
				(text, index) => text + (index < parts.length ? put(parts[index]) : ""),
			)
			.join(""),
	};
}

/** Text of our own that is markup already. */
export function raw(markup: string): Markup {
	return { markup };
}

function put(part: Part): string {
	if (part === undefined) return "";
	if (typeof part === "string") return escaped(part);
	if (typeof part === "number") return String(part);
	if ("markup" in part) return part.markup;
	return part.map(put).join("");
}

function escaped(text: string): string {
	return text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;")
		.replaceAll("'", "&#39;");
}
