import type { Wire } from "./wire.ts";

/** Ranges that keys are cut into. Each is looked into by itself when its digests differ. */
export const rangeCount = 65_536;

/**
 * One digest per range of keys: what is expected adds to it, what is there takes away from it, in any order. Equal sides
 * leave zero. Each row is hashed whole, into two numbers of 32 bits each, so that values swapped between rows do not
 * cancel out.
 */
export class Digests {
	readonly #first = new Int32Array(rangeCount);
	readonly #second = new Int32Array(rangeCount);
	readonly #rows = new Int32Array(rangeCount);

	/** Counts a row that has to be there. */
	expect(range: number, line: Wire): void {
		let first = startFirst;
		let second = startSecond;
		for (let at = 0; at < line.length; at += 1) {
			const byte = line.charCodeAt(at);
			first = Math.imul(first ^ byte, 0x01000193);
			second = Math.imul((second ^ byte) + (second >>> 15), 0x2c1b3c6d);
		}
		this.#add(range, 1, first, second);
	}

	/** Counts a row that is there. */
	found(range: number, row: Buffer, end: number): void {
		let first = startFirst;
		let second = startSecond;
		for (let at = 0; at < end; at += 1) {
			const byte = row[at] ?? 0;
			first = Math.imul(first ^ byte, 0x01000193);
			second = Math.imul((second ^ byte) + (second >>> 15), 0x2c1b3c6d);
		}
		this.#add(range, -1, first, second);
	}

	/** The ranges whose sides differ. */
	differing(): number[] {
		const ranges: number[] = [];
		for (let range = 0; range < rangeCount; range += 1) {
			if (this.#first[range] || this.#second[range] || this.#rows[range]) {
				ranges.push(range);
			}
		}
		return ranges;
	}

	#add(range: number, sign: 1 | -1, first: number, second: number): void {
		const mixed = Math.imul(first ^ (first >>> 15), 0x85ebca6b);
		this.#first[range] = ((this.#first[range] ?? 0) + sign * mixed) | 0;
		this.#second[range] = ((this.#second[range] ?? 0) + sign * second) | 0;
		this.#rows[range] = ((this.#rows[range] ?? 0) + sign) | 0;
	}
}

const startFirst = 0x811c9dc5 | 0;
const startSecond = 0x9e3779b9 | 0;
