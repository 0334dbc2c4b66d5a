/**
 * A value as COPY's text form writes it: one character per byte of its UTF-8, backslash and control characters escaped,
 * `\N` for NULL. Values that go through unchanged are compared without ever being read.
 */
export type Wire = string;

/** NULL. */
export const nullWire: Wire = "\\N";

const escaped: Readonly<Record<string, string>> = {
	"\b": "\\b",
	"\f": "\\f",
	"\n": "\\n",
	"\r": "\\r",
	"\t": "\\t",
	"\v": "\\v",
	"\\": "\\\\",
};

const unescaped: Readonly<Record<string, string>> = {
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
	v: "\v",
};

/** The values of one row. */
export function splitRow(row: Buffer, end: number): Wire[] {
	return row.toString("latin1", 0, end).split("\t");
}

/** The text that a value stands for. The value must not be NULL. */
export function textOf(wire: Wire): string {
	const bytes = wire.includes("\\")
		? wire.replace(/\\(.)/gs, (_, char: string) => unescaped[char] ?? char)
		: wire;
	return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

/** A text as COPY would write it. */
export function wireOf(text: string): Wire {
	const bytes = isAscii(text)
		? text
		: Buffer.from(text, "utf8").toString("latin1");
	return needsEscape.test(bytes)
		? bytes.replace(/[\b\f\n\r\t\v\\]/g, (char) => escaped[char] ?? char)
		: bytes;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that COPY escapes
const needsEscape = /[\u0008-\u000d\\]/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const ascii = /^[\u0000-\u007f]*$/;

function isAscii(text: string): boolean {
	return ascii.test(text);
}
