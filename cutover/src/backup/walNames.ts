/** A position in the write-ahead log, as a number. */
export function parseLsn(text: string): bigint {
	const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? [];
	if (high === undefined || low === undefined) {
		throw new Error(
			`expected a position such as 0/3000148, got ${JSON.stringify(text)}`,
		);
	}
	return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** `16777216n` → `0/1000000`. */
export function lsnText(position: bigint): string {
	const part = (value: bigint) => value.toString(16).toUpperCase();
	return `${part(position >> 32n)}/${part(position & 0xffffffffn)}`;
}

/** One file of the write-ahead log. */
export interface Segment {
	readonly timeline: number;
	/** Counted from the log's beginning. */
	readonly number: bigint;
}

/** Reads the name of a segment; undefined for other files (histories, unfinished segments). */
export function parseSegment(
	name: string,
	segmentBytes: number,
): Segment | undefined {
	const [, timeline, log, segment] =
		/^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name) ?? [];
	if (timeline === undefined || log === undefined || segment === undefined) {
		return undefined;
	}
	return {
		timeline: Number.parseInt(timeline, 16),
		number:
			BigInt(`0x${log}`) * segmentsPerLog(segmentBytes) +
			BigInt(`0x${segment}`),
	};
}

/** The file name of a segment. */
export function segmentName(
	{ timeline, number }: Segment,
	segmentBytes: number,
): string {
	const part = (value: number | bigint) =>
		value.toString(16).toUpperCase().padStart(8, "0");
	const each = segmentsPerLog(segmentBytes);
	return `${part(timeline)}${part(number / each)}${part(number % each)}`;
}

/** The segment that holds a position. */
export const segmentOf = (position: bigint, segmentBytes: number): bigint =>
	position / BigInt(segmentBytes);

/** How far a log reaches without a gap. */
export interface Chain {
	/** File names, in order. */
	readonly names: readonly string[];
	/** The first position that is missing. */
	readonly end: bigint;
	/** Segments that are there, but behind a gap. */
	readonly behindGap: number;
}

/**
 * Follows the log from a position on. A later timeline takes over where it has a segment, as recovery does with
 * `recovery_target_timeline = latest`.
 */
export function chainFrom(
	start: bigint,
	timeline: number,
	names: readonly string[],
	segmentBytes: number,
): Chain {
	const byNumber = new Map<bigint, Segment & { name: string }>();
	for (const name of names) {
		const segment = parseSegment(name, segmentBytes);
		if (segment === undefined || segment.timeline < timeline) continue;
		const known = byNumber.get(segment.number);
		if (known === undefined || known.timeline < segment.timeline) {
			byNumber.set(segment.number, { ...segment, name });
		}
	}
	const first = segmentOf(start, segmentBytes);
	const chain: string[] = [];
	let next = first;
	for (
		let found = byNumber.get(next);
		found !== undefined;
		found = byNumber.get(next)
	) {
		chain.push(found.name);
		next += 1n;
	}
	const behindGap = [...byNumber.keys()].filter((one) => one > next).length;
	return { names: chain, end: next * BigInt(segmentBytes), behindGap };
}

const segmentsPerLog = (segmentBytes: number): bigint =>
	0x100000000n / BigInt(segmentBytes);
