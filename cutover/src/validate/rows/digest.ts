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
	#line = Buffer.alloc(4_096);
	#view: DataView<ArrayBufferLike> = new DataView(this.#line.buffer);

	/** Counts a row that has to be there. */
	expect(range: number, line: Wire): void {
		// Copied into bytes first: hashing them is several times faster than hashing a text.
		if (line.length > this.#line.length) {
			this.#line = Buffer.alloc(line.length * 2);
		}
		const length = this.#line.write(line, 0, "latin1");
		this.#add(range, 1, this.#line, length);
	}

	/** Counts a row that is there. */
	found(range: number, row: Buffer, end: number): void {
		this.#add(range, -1, row, end);
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

	#add(range: number, sign: 1 | -1, row: Buffer, length: number): void {
		const view = this.#viewOf(row);
		let at = row.byteOffset;
		const end = at + length;
		let first = startFirst ^ length;
		let second = startSecond ^ length;
		for (; at + 3 < end; at += 4) {
			const word = view.getInt32(at, true);
			first = Math.imul(first ^ word, multiplyFirst);
			first ^= first >>> 15;
			second = Math.imul(second + word, multiplySecond);
			second ^= second >>> 13;
		}
		for (; at < end; at += 1) {
			const byte = view.getUint8(at);
			first = Math.imul(first ^ byte, multiplyFirst);
			first ^= first >>> 15;
			second = Math.imul(second + byte, multiplySecond);
			second ^= second >>> 13;
		}
		this.#first[range] = ((this.#first[range] ?? 0) + sign * first) | 0;
		this.#second[range] = ((this.#second[range] ?? 0) + sign * second) | 0;
		this.#rows[range] = ((this.#rows[range] ?? 0) + sign) | 0;
	}

	/** Rows that came together share their memory: one view serves them all. */
	#viewOf(row: Buffer): DataView {
		if (this.#view.buffer !== row.buffer) this.#view = new DataView(row.buffer);
		return this.#view;
	}
}

const startFirst = 0x811c9dc5 | 0;
const startSecond = 0x1e3779b9;
const multiplyFirst = 0x2c1b3c6d;
const multiplySecond = 0x297a2d39;
