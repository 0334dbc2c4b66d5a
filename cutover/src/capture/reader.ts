/** Reads the fields of one protocol message in order; every read past its end is an error. */
export interface Reader {
	byte(): number;
	/** One byte as ASCII character. */
	letter(): string;
	int16(): number;
	/** Unsigned. */
	int32(): number;
	int64(): bigint;
	/** UTF-8 text up to a zero byte. */
	text(): string;
	bytes(length: number): Buffer;
	/** @throws Error when something is left over. */
	end(): void;
}

/** A reader at the beginning of the message; `what` names the message in errors. */
export function createReader(message: Buffer, what: () => string): Reader {
	let at = 0;
	const take = (length: number): number => {
		if (length > message.length - at) {
			throw new Error(
				`${what()} is cut off: expected ${length} bytes at ${at}, got ${message.length - at}`,
			);
		}
		at += length;
		return at - length;
	};
	return {
		byte: () => message.readUInt8(take(1)),
		letter: () => String.fromCharCode(message.readUInt8(take(1))),
		int16: () => message.readUInt16BE(take(2)),
		int32: () => message.readUInt32BE(take(4)),
		int64: () => message.readBigUInt64BE(take(8)),
		text() {
			const stop = message.indexOf(0, at);
			if (stop < 0) {
				throw new Error(
					`${what()} is cut off: a text from ${at} on has no end`,
				);
			}
			const value = message.toString("utf8", at, stop);
			at = stop + 1;
			return value;
		},
		bytes(length) {
			const start = take(length);
			return message.subarray(start, start + length);
		},
		end() {
			if (at !== message.length) {
				throw new Error(
					`${what()} has ${message.length - at} bytes after its end`,
				);
			}
		},
	};
}
