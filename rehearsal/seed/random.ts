/** Numbers that depend on nothing but the seed they were started with. */
export interface Random {
	/** At least 0, below 1. */
	next(): number;
	/** A whole number from 0 up to, not including, the limit. */
	below(limit: number): number;
	pick<L extends readonly [unknown, ...unknown[]]>(list: L): L[number];
	/** Text of the given length over an alphabet. */
	text(length: number, alphabet: string): string;
}

/** A stream of its own for every (seed, purpose, number): one row can be made without those before it. */
export function randomOf(seed: number, purpose: string, id: number): Random {
	let state = hash(`${seed}/${purpose}/${id}`);
	// mulberry32: small, fast, and the same on every machine.
	function next(): number {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	}
	const below = (limit: number): number => Math.floor(next() * limit);
	return {
		next,
		below,
		pick: (list) => list[below(list.length)] ?? list[0],
		text(length, alphabet) {
			let made = "";
			for (let nth = 0; nth < length; nth++) {
				made += alphabet.charAt(below(alphabet.length));
			}
			return made;
		},
	};
}

/** FNV-1a. */
function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let nth = 0; nth < text.length; nth++) {
		value = Math.imul(value ^ text.charCodeAt(nth), 0x01000193);
	}
	return value;
}
