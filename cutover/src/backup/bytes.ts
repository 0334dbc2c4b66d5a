/** Bytes for people: "512 B", "1.5 KB", "20 GB". */
export function bytesText(bytes: number): string {
	const units = ["B", "KB", "MB", "GB", "TB"];
	let value = bytes;
	let unit = 0;
	while (value >= 1024 && unit < units.length - 1) {
		value /= 1024;
		unit += 1;
	}
	const digits = unit === 0 || value >= 10 ? 0 : 1;
	return `${value.toFixed(digits)} ${units[unit]}`;
}

/** "uploads: 1.5 GB, 80 MB/s": what is done so far, and how fast. */
export function rateText(what: string, bytes: number, seconds: number): string {
	const rate = seconds > 0 ? bytes / seconds : 0;
	return `${what}: ${bytesText(bytes)}, ${bytesText(rate)}/s`;
}
