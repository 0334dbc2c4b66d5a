/** A name as SQL identifier, quoted in any case: `user` and `Order` are names too. */
export function quoteName(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

/** A table's name, with or without its schema in front, as SQL. */
export function quoteTable(table: string): string {
	return table.split(".").map(quoteName).join(".");
}

/** A text as SQL literal. */
export function quoteText(text: string): string {
	const quoted = `'${text.replaceAll("'", "''")}'`;
	return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}
