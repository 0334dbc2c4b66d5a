/** A position in the write-ahead log as PostgreSQL writes it, for example "16/B374D848", as a number of bytes. */
export function parseLsn(text: string): bigint {
	const parts = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
	if (parts === null) {
		throw new Error(
			`expected a log position such as 16/B374D848, got ${JSON.stringify(text)}`,
		);
	}
	return (BigInt(`0x${parts[1]}`) << 32n) | BigInt(`0x${parts[2]}`);
}

/** The number of bytes as PostgreSQL writes a log position. */
export function formatLsn(lsn: bigint): string {
	if (lsn < 0n || lsn >= 1n << 64n) {
		throw new RangeError(`expected a log position of 64 bits, got ${lsn}`);
	}
	const half = (part: bigint) => part.toString(16).toUpperCase();
	return `${half(lsn >> 32n)}/${half(lsn & 0xffff_ffffn)}`;
}

/** Negative when `a` comes before `b`, 0 when they are the same position, positive otherwise. */
export function compareLsn(a: string, b: string): number {
	const [left, right] = [parseLsn(a), parseLsn(b)];
	if (left === right) return 0;
	return left < right ? -1 : 1;
}

/** The later of two log positions. */
export function laterLsn(a: string, b: string): string {
	return compareLsn(a, b) < 0 ? b : a;
}

/** The earlier of two log positions. */
export function earlierLsn(a: string, b: string): string {
	return compareLsn(a, b) < 0 ? a : b;
}
