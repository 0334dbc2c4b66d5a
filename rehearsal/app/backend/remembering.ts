const entryLimit = 1000;

/** The function, with each found answer remembered for a while; undefined and failures are asked for again. */
export function remembering<T>(
	ask: (key: string) => Promise<T | undefined>,
	milliseconds: number,
	now: () => number = Date.now,
): (key: string) => Promise<T | undefined> {
	const remembered = new Map<string, { value: T; until: number }>();
	return async (key) => {
		const before = remembered.get(key);
		if (before && before.until > now()) return before.value;
		remembered.delete(key);
		const value = await ask(key);
		if (value === undefined) return undefined;
		// The oldest goes first: a Map keeps the order of insertion.
		const [oldest] = remembered.keys();
		if (remembered.size >= entryLimit && oldest !== undefined) {
			remembered.delete(oldest);
		}
		remembered.set(key, { value, until: now() + milliseconds });
		return value;
	};
}
