import { maxLength } from "../../conversion/mapping.ts";
import { readJson } from "./json.ts";
import { numericText, roundNumeric } from "./numbers.ts";
import { nullWire, textOf, type Wire, wireOf } from "./wire.ts";

/** A column of either side: its name and type, as `pg_type.typname` has it, with its modifier. */
export interface Column {
	readonly name: string;
	readonly type: string;
	/** `pg_attribute.atttypmod`; -1 without one. */
	readonly modifier: number;
}

/** Gives the value that the target has to hold; undefined when the source's value fits nothing there. */
export type Form = (value: Wire) => Wire | undefined;

/** JSON texts that are remembered, and how long they may be: many rows have one of few. */
const rememberedTexts = 10_000;
const rememberedLength = 500;

/** How values of a source column become those of a target column. */
export function createForm(
	as: string,
	from: Column,
	to: Column,
	zone: (local: string) => string | undefined,
): Form {
	const form = formOf(as, from, to, zone);
	return (value) => (value === nullWire ? nullWire : form(value));
}

function formOf(
	as: string,
	from: Column,
	to: Column,
	zone: (local: string) => string | undefined,
): Form {
	const limit = maxLength(as);
	if (limit !== undefined) {
		const text = textForm(from);
		return (value) => {
			const given = text(value);
			return given.length <= limit || [...textOf(given)].length <= limit
				? given
				: undefined;
		};
	}
	switch (as) {
		case "boolean":
			return booleanForm(from);
		case "integer":
			return wholeNumberForm(from, 2n ** 31n);
		case "bigint":
			return wholeNumberForm(from, 2n ** 63n);
		case "numeric":
			return numericForm(to);
		case "uuid":
			return (value) => value.toLowerCase();
		case "time":
			return timeForm(from, to, zone);
		case "json":
			return jsonForm();
		default:
			return textForm(from);
	}
}

function textForm(from: Column): (value: Wire) => Wire {
	switch (from.type) {
		case "bool":
			return (value) => (value === "t" ? "true" : "false");
		case "bpchar":
			return (value) => value.replace(/ +$/, "");
		default:
			return (value) => value;
	}
}

function booleanForm(from: Column): Form {
	if (from.type === "bool") return (value) => value;
	if (/^int[248]$/.test(from.type)) {
		return (value) => (value === "0" ? "f" : "t");
	}
	// The words that PostgreSQL reads as yes and no, each in any length that leaves no doubt.
	return (value) => {
		const word = textOf(value)
			.replace(/^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g, "")
			.toLowerCase();
		if (word === "") return undefined;
		const isOn = ["true", "yes"].some((one) => one.startsWith(word));
		const isOff = ["false", "no"].some((one) => one.startsWith(word));
		if (isOn || word === "on" || word === "1") return "t";
		if (isOff || word === "of" || word === "off" || word === "0") return "f";
		return undefined;
	};
}

function wholeNumberForm(from: Column, limit: bigint): Form {
	return (value) => {
		if (plainNumber.test(value)) return value;
		const text = textOf(value).trim();
		const isText = !/^(numeric|int[248]|float[48])$/.test(from.type);
		const number =
			isText && !/^[+-]?\d+$/.test(text) ? undefined : numericText(text);
		if (number === undefined) return undefined;
		// Numbers with digits after the point are rounded by the cast, halves away from zero.
		const whole = BigInt(roundNumeric(number, 0));
		return whole >= -limit && whole < limit ? String(whole) : undefined;
	};
}

/** Short enough to fit any type. */
const plainNumber = /^(0|-?[1-9]\d{0,8})$/;

function numericForm(to: Column): Form {
	// The modifier holds precision and scale, 4 more than they are.
	const scale = to.modifier < 4 ? undefined : (to.modifier - 4) & 0x7ff;
	return (value) => {
		if (value === "NaN") return value;
		const number = numericText(textOf(value).trim());
		if (number === undefined || scale === undefined) return number;
		return roundNumeric(number, scale);
	};
}

function timeForm(
	from: Column,
	to: Column,
	zone: (local: string) => string | undefined,
): Form {
	const instant: Form =
		from.type === "timestamptz"
			? (value) => (value.endsWith("infinity") ? undefined : value)
			: from.type === "date"
				? (value) =>
						zone(
							value.endsWith(" BC")
								? `${value.slice(0, -3)} 00:00:00 BC`
								: `${value} 00:00:00`,
						)
				: zone;
	return to.type === "timestamp"
		? (value) => instant(value)?.replace("+00", "")
		: instant;
}

function jsonForm(): Form {
	const known = new Map<Wire, Wire | undefined>();
	return (value) => {
		if (known.has(value)) return known.get(value);
		const text = textOf(value).replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, "");
		const read = text === "" ? nullWire : readJson(text)?.text;
		const json = read === undefined || text === "" ? read : wireOf(read);
		if (value.length <= rememberedLength) {
			if (known.size >= rememberedTexts) known.clear();
			known.set(value, json);
		}
		return json;
	};
}
