/**
 * Numbers from 0 up to 1, evenly spread, the same for the same seed: a comparison judged again from its samples comes to
 * the same verdict. (mulberry32: 32 bits of state are plenty for choosing rounds.)
 */
export function seededRandom(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
