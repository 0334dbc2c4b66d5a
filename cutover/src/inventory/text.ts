/** Bytes for people: "512 B", "3.4 MB", "1.2 TB". */
export function bytesText(bytes: number): string {
	const units = ["B", "kB", "MB", "GB", "TB"];
	let value = bytes;
	let unit = 0;
	while (value >= 1000 && unit < units.length - 1) {
		value /= 1000;
		unit += 1;
	}
	return unit === 0 || value >= 100
		? `${Math.round(value)} ${units[unit]}`
		: `${value.toFixed(1)} ${units[unit]}`;
}

/** "1 table", "2 tables". */
export function plural(count: number, word: string, many?: string): string {
	const number = count.toLocaleString("en-US");
	return `${number} ${count === 1 ? word : (many ?? `${word}s`)}`;
}

/** Order of characters by their codes, the same on every machine. */
export function byCode(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
