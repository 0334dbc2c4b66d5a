/** Builds pgoutput messages as a server does, for tests of the decoder. */

const int = (bytes: 1 | 2 | 4 | 8, value: number | bigint) => {
	const buffer = Buffer.alloc(8);
	buffer.writeBigUInt64BE(BigInt(value));
	return buffer.subarray(8 - bytes);
};
const text = (value: string) =>
	Buffer.concat([Buffer.from(value, "utf8"), Buffer.from([0])]);
const message = (letter: string, ...parts: readonly Buffer[]) =>
	Buffer.concat([Buffer.from(letter, "latin1"), ...parts]);

/** A column's value: null, left out because unchanged ("u"), or text. */
export type Cell = null | { readonly unchanged: true } | string;

export interface Column {
	readonly name: string;
	readonly isKey: boolean;
	readonly type: number;
}

const tuple = (letter: string, cells: readonly Cell[]) =>
	message(
		letter,
		int(2, cells.length),
		...cells.map((cell) => {
			if (cell === null) return Buffer.from("n");
			if (typeof cell !== "string") return Buffer.from("u");
			const value = Buffer.from(cell, "utf8");
			return message("t", int(4, value.length), value);
		}),
	);

export const begin = (xid: number, lsn = 0n) =>
	message("B", int(8, lsn), int(8, 0), int(4, xid));
export const commit = (endLsn: bigint) =>
	message("C", int(1, 0), int(8, endLsn - 1n), int(8, endLsn), int(8, 0));
export const origin = (name: string) => message("O", int(8, 0), text(name));
export const type = (oid: number, schema: string, name: string) =>
	message("Y", int(4, oid), text(schema), text(name));
export const relation = (
	oid: number,
	schema: string,
	name: string,
	columns: readonly Column[],
) =>
	message(
		"R",
		int(4, oid),
		text(schema),
		text(name),
		Buffer.from("d"),
		int(2, columns.length),
		...columns.flatMap((column) => [
			int(1, column.isKey ? 1 : 0),
			text(column.name),
			int(4, column.type),
			int(4, 0xffff_ffff),
		]),
	);
export const insert = (oid: number, row: readonly Cell[]) =>
	message("I", int(4, oid), tuple("N", row));
export const update = (
	oid: number,
	row: readonly Cell[],
	old?: { readonly form: "K" | "O"; readonly row: readonly Cell[] },
) =>
	message(
		"U",
		int(4, oid),
		old === undefined ? Buffer.alloc(0) : tuple(old.form, old.row),
		tuple("N", row),
	);
export const remove = (oid: number, form: "K" | "O", row: readonly Cell[]) =>
	message("D", int(4, oid), tuple(form, row));
export const truncate = (oids: readonly number[]) =>
	message(
		"T",
		int(4, oids.length),
		int(1, 0),
		...oids.map((oid) => int(4, oid)),
	);
