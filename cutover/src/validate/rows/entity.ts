import type { Column } from "./forms.ts";
import type { Ranges } from "./ranges.ts";
import type { Wire } from "./wire.ts";

/** A source row on its way: the values that its target rows are made of, the first one its own id. */
export interface Converted {
	readonly values: readonly Wire[];
	/** Why the row cannot be on the target at all: it belongs into the quarantine. */
	readonly unfit: string | undefined;
}

/** Whose the rows of a table are. */
export interface Owner {
	/** The source's table of owners, and its id. */
	readonly source: string;
	readonly id: string;
	/** Column of the owned table that names the owner. */
	readonly from: string;
	/** SQL on the target: which of the ids in `$1::bigint[]` are there, in the column `id`. */
	readonly thereSql: string;
}

/** Where an expected value comes from: the place among the converted values, or the same text in every row. */
export type Origin = number | { readonly always: Wire };

/** A column that is compared. */
export interface ComparedColumn extends Column {
	readonly origin: Origin;
}

/** One table of the target that rows of a source table go into. */
export interface TargetTable {
	readonly table: string;
	/** What is compared, the key first. */
	readonly columns: readonly ComparedColumn[];
	/** Place of the key among the converted values. */
	readonly key: number;
	/** SQL condition for the rows that belong here at all. */
	readonly where?: string;
	/** Rows made on the target itself are told by their key; they are counted apart. */
	readonly isOurs?: (row: Buffer) => boolean;
	/** The range of a row, where its key is not what ranges are cut by. */
	readonly rangeOfRow?: (row: Buffer) => number;
	/** Not every source row has one here. */
	readonly includes?: (values: readonly Wire[]) => boolean;
	/** What it means when a row is too much, where that is no row of the source's own. */
	readonly extraText?: string;
	/** Whether every row can be read at any time, because there are few. */
	readonly isSmall?: boolean;
	/** Further SQL condition under which rows may belong to the ids, for a table with two keys. */
	readonly otherKey?: string;
}

/** A table of the source with the tables that its rows go to. */
export interface Entity {
	/** What reports call its rows. */
	readonly label: string;
	readonly source: string;
	/** The columns to read, the id first. */
	readonly columns: readonly string[];
	readonly targets: readonly TargetTable[];
	/** Nobody, of users. */
	readonly owner?: Owner;
	convert(row: readonly Wire[]): Converted;
	/** Place of what ranges are cut by, among the converted values. */
	readonly rangeKey: number;
	/** What ranges are cut by, from an id; the id itself but for users. */
	rangeKeyOf(id: Wire): Wire;
	/** Ranges are cut by the id, so that the source can be asked for one. */
	readonly isCutById: boolean;
	readonly ranges: Ranges;
	/** Ids that the target gives out itself. */
	isBorn(id: number): boolean;
}

/** Gives the row that has to be there, as COPY would write it. What is the same in every row is put together once. */
export function createLines(
	columns: readonly ComparedColumn[],
): (values: readonly Wire[]) => Wire {
	const parts: (number | Wire)[] = [];
	for (const [place, { origin }] of columns.entries()) {
		const before = place === 0 ? "" : "\t";
		const same = `${before}${typeof origin === "number" ? "" : origin.always}`;
		const last = parts.at(-1);
		if (typeof last === "string") parts[parts.length - 1] = last + same;
		else if (same !== "") parts.push(same);
		if (typeof origin === "number") parts.push(origin);
	}
	return (values) => {
		let line = "";
		for (let at = 0; at < parts.length; at += 1) {
			const part = parts[at] ?? "";
			line += typeof part === "number" ? values[part] : part;
		}
		return line;
	};
}

/** The values that have to be there, column by column. */
export function expectedValues(
	columns: readonly ComparedColumn[],
	values: readonly Wire[],
): readonly Wire[] {
	return columns.map(({ origin }) =>
		typeof origin === "number" ? (values[origin] ?? "") : origin.always,
	);
}
