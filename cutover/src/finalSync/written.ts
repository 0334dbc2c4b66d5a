import { type Ids, idsOf, union } from "../convert/ids.ts";

/** Remembers which rows were written, from the moment on that somebody wants to know. */
export interface Written {
	/** To be told of every row. */
	readonly onWritten: (ids: Ids) => void;
	begin(): void;
	/** Rows written since then, together with others. */
	and(others: Ids): Ids;
}

/** The passes before the fence may write millions of rows: nothing is kept until it begins. */
export function createWritten(): Written {
	let ids: Ids | undefined;
	return {
		onWritten: (more) => {
			if (ids !== undefined) ids = together(ids, more);
		},
		begin() {
			ids = new Map();
		},
		and: (others) => together(ids ?? new Map(), others),
	};
}

function together(one: Ids, other: Ids): Ids {
	return new Map(
		[...new Set([...one.keys(), ...other.keys()])].map((table) => [
			table,
			union(idsOf(one, table), idsOf(other, table)),
		]),
	);
}
