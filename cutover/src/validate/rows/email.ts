import { textOf, type Wire, wireOf } from "./wire.ts";

const blank = " \t\n\r\v\f";

/** An address as the target has to hold it: no blanks around, A to Z in lower case. NULL stays NULL. */
export function expectedEmail(wire: Wire): Wire {
	if (alreadyPlain.test(wire)) return wire;
	if (wire === "\\N") return wire;
	const text = textOf(wire);
	let from = 0;
	let to = text.length;
	while (from < to && blank.includes(text.charAt(from))) from += 1;
	while (to > from && blank.includes(text.charAt(to - 1))) to -= 1;
	let lower = "";
	for (const char of text.slice(from, to)) {
		const isCapital = char >= "A" && char <= "Z";
		lower += isCapital ? String.fromCharCode(char.charCodeAt(0) + 0x20) : char;
	}
	return wireOf(lower);
}

/** Neither capitals nor blanks nor escapes: most addresses are taken as they are. */
const alreadyPlain = /^[a-z0-9.@_+-]+$/;
