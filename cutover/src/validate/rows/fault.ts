import { createHash } from "node:crypto";
import type { Column } from "./forms.ts";
import { nullWire, textOf, type Wire } from "./wire.ts";

/** One thing that is not on the target as it has to be. */
export interface RowFault {
	/** Table of the target. */
	readonly table: string;
	/** Table of the source that the row comes from. */
	readonly source: string;
	/** Id in the source, or the target's key where nobody knows one. */
	readonly id: string;
	readonly kind: "differs" | "missing" | "extra" | "unfit";
	readonly column?: string;
	readonly expected?: string;
	readonly actual?: string;
	/** What is wrong, where the kind does not say it all. */
	readonly what?: string;
}

/** A fault as one line for a person. */
export function faultText(fault: RowFault): string {
	const row = `${fault.table} of ${fault.source} ${fault.id}`;
	switch (fault.kind) {
		case "differs":
			return `${row}: ${fault.column} is ${fault.actual}, expected ${fault.expected}`;
		case "missing":
			return `${row}: missing`;
		case "extra":
			return `${row}: ${fault.what}`;
		case "unfit":
			return `${fault.source} ${fault.id}: ${fault.what}, so it belongs into the quarantine`;
	}
}

/** Longest value that is shown whole. */
const shownLength = 120;

/** A value for people to read. Password hashes and secrets appear as fingerprints, enough to tell two of them apart. */
export function showValue(column: Column, wire: Wire): string {
	if (wire === nullWire) return "NULL";
	const text = textOf(wire);
	if (isSecret.test(column.name)) return text === "" ? '""' : fingerprint(text);
	const shown =
		column.type === "jsonb" || column.type === "json"
			? text.replace(
					secretMember,
					(_, key: string, value: string) => `${key}"${fingerprint(value)}"`,
				)
			: JSON.stringify(text);
	return shown.length <= shownLength
		? shown
		: `${shown.slice(0, shownLength)}... (${text.length} characters, ${fingerprint(text)})`;
}

function fingerprint(text: string): string {
	return `sha256 ${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}

const secretName =
	"passw|secret|token|credential|api_?key|private_?key|authorization|hash";

const isSecret = new RegExp(secretName, "i");

/** A member of a JSON object that looks like a secret by its key, with a text as value. */
const secretMember = new RegExp(
	`("[^"]*(?:${secretName})[^"]*"\\s*:\\s*)"((?:[^"\\\\]|\\\\.)*)"`,
	"gi",
);
