type XmlValue = string | number | boolean | readonly XmlNode[];
export type XmlNode = readonly [name: string, value: XmlValue];

/** A small XML document of elements only. */
export const xmlDocument = (root: XmlNode): string =>
	`<?xml version="1.0" encoding="UTF-8"?>\n${element(root, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')}`;

function element([name, value]: XmlNode, attributes = ""): string {
	const inner =
		typeof value === "object"
			? value.map((child) => element(child)).join("")
			: escapeXml(`${value}`);
	return `<${name}${attributes}>${inner}</${name}>`;
}

/** Control characters are dropped: XML 1.0 has no way to write them. */
export const escapeXml = (text: string): string =>
	text
		// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must go
		.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "")
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");
