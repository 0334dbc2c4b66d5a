import { literal } from "../../adapters/postgres.ts";
import { rangeCount } from "./digest.ts";
import type { Wire } from "./wire.ts";

/** How the keys of a table are cut into ranges. */
export interface Ranges {
	/** The range of a row that begins with its key. */
	ofRow(row: Buffer): number;
	/** The range of a key. */
	ofKey(key: Wire): number;
	/** SQL condition: the column's key is in the range. */
	condition(column: string, range: number): string;
}

/** UUIDs by their first four digits: they are spread evenly. */
export const uuidRanges: Ranges = {
	ofRow: (row) =>
		(digit(row[0]) << 12) |
		(digit(row[1]) << 8) |
		(digit(row[2]) << 4) |
		digit(row[3]),
	ofKey: (key) => Number.parseInt(key.slice(0, 4), 16) || 0,
	condition(column, range) {
		const first = range.toString(16).padStart(4, "0");
		const between = (fill: string) =>
			literal(
				`${first}${fill.repeat(4)}-${[4, 4, 4, 12].map((length) => fill.repeat(length)).join("-")}`,
			);
		return `${column} BETWEEN ${between("0")} AND ${between("f")}`;
	},
};

function digit(byte = 0x30): number {
	return byte < 0x40 ? byte & 0xf : (byte & 0xf) + 9;
}

/** Integer keys from lowest to highest, cut evenly; what lies outside belongs to the first and the last range. */
export function idRanges(lowest: number, highest: number): Ranges {
	const width = Math.max(16, Math.ceil((highest - lowest + 1) / rangeCount));
	const ofId = (id: number) =>
		Math.min(Math.max(Math.floor((id - lowest) / width), 0), rangeCount - 1);
	return {
		ofRow: (row) => ofId(idOf(row)),
		ofKey: (key) => ofId(Number(key)),
		condition(column, range) {
			const from = lowest + range * width;
			const conditions = [
				...(range > 0 ? [`${column} >= ${from}`] : []),
				...(range < rangeCount - 1 ? [`${column} < ${from + width}`] : []),
			];
			return conditions.join(" AND ");
		},
	};
}

/** The whole number that a row begins with. */
export function idOf(row: Buffer): number {
	let id = 0;
	const isNegative = row[0] === 0x2d;
	for (let at = isNegative ? 1 : 0; at < row.length; at += 1) {
		const value = (row[at] ?? 0) - 0x30;
		if (value < 0 || value > 9) break;
		id = id * 10 + value;
	}
	return isNegative ? -id : id;
}
