/** SQL condition for a scan: the column's value is one of the ids. The cast lets the server hash a long list. */
export function isAmong(column: string, ids: Iterable<number>): string {
	return `${column}::bigint = ANY('{${[...ids].join(",")}}'::bigint[])`;
}

/**
 * SQL condition for a scan of one table alone: the column's value is none of the ids. Of a few thousand ids the planner
 * thinks that they leave next to no row, and joins that row with others in a loop: once for each of the millions.
 */
export function isNotAmong(column: string, ids: Iterable<number>): string {
	const list = [...ids].join(",");
	return list === ""
		? "true"
		: `${column}::bigint <> ALL('{${list}}'::bigint[])`;
}

/** SQL condition for a look-up: as `isAmong`, but without the cast that would keep an index out. */
export function hasId(column: string, ids: Iterable<number>): string {
	return `${column} = ANY('{${[...ids].join(",")}}'::bigint[])`;
}

/** SQL condition for whichever the server finds cheaper for so many ids, a scan or look-ups. */
export function isListed(column: string, ids: Iterable<number>): string {
	return `${column} IN (SELECT unnest('{${[...ids].join(",")}}'::bigint[]))`;
}

/** Ids of source rows, per table of the source. */
export type Ids = ReadonlyMap<string, ReadonlySet<number>>;

/** The ids of one table; none when the table is not named. */
export function idsOf(ids: Ids, table: string): ReadonlySet<number> {
	return ids.get(table) ?? new Set();
}

/** How many ids there are in all. */
export function countIds(ids: Ids): number {
	return [...ids.values()].reduce((sum, one) => sum + one.size, 0);
}

/** The ids of both. */
export function union(
	one: ReadonlySet<number>,
	other: ReadonlySet<number>,
): ReadonlySet<number> {
	return other.size === 0 ? one : new Set([...one, ...other]);
}

/** The part of sorted ids from one (inclusive) to another (exclusive). */
export function sortedBetween(
	sorted: readonly number[],
	from: number,
	to: number,
): readonly number[] {
	return sorted.slice(firstFrom(sorted, from), firstFrom(sorted, to));
}

/** Where the first id stands that is not below the bound; the length when there is none. */
function firstFrom(sorted: readonly number[], bound: number): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((sorted[middle] ?? bound) < bound) low = middle + 1;
		else high = middle;
	}
	return low;
}
