/** Digits before and after the point that PostgreSQL's numeric can hold. */
const wholeDigits = 131_072;
const fractionDigits = 16_383;

/** Exponents beyond this are refused before the value is looked at. */
const largestExponent = 1_073_741_823;

const shape = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * A decimal number as PostgreSQL's numeric prints it: no exponent, the digits after the point kept as they were given.
 * Undefined when it is none, or none that numeric can hold.
 */
export function numericText(given: string): string | undefined {
	const match = shape.exec(given);
	if (match === null) return undefined;
	const [, sign, whole = "", fraction = "", exponentText = "0"] = match;
	if (whole === "" && fraction === "") return undefined;
	const exponent = Number(exponentText);
	if (Math.abs(exponent) >= largestExponent) return undefined;
	const scale = Math.max(0, fraction.length - exponent);
	if (scale > fractionDigits) return undefined;
	const digits = `${whole}${fraction}`;
	const significant = digits.replace(/^0+/, "");
	if (significant === "") {
		return scale === 0 ? "0" : `0.${"0".repeat(scale)}`;
	}
	// Where the point stands, counted from the first digit that is not 0.
	const point = whole.length + exponent - (digits.length - significant.length);
	if (point > wholeDigits) return undefined;
	const padded = significant.padEnd(point, "0");
	const before = point > 0 ? padded.slice(0, point) : "0";
	const after =
		point > 0 ? padded.slice(point) : "0".repeat(-point) + significant;
	return `${sign === "-" ? "-" : ""}${before}${scale > 0 ? `.${after.slice(0, scale).padEnd(scale, "0")}` : ""}`;
}

/** A numeric's text rounded to so many digits after the point, halves away from zero. */
export function roundNumeric(text: string, scale: number): string {
	const isNegative = text.startsWith("-");
	const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
	const kept = BigInt(whole + fraction.slice(0, scale).padEnd(scale, "0"));
	const up = fraction.charAt(scale) >= "5" ? 1n : 0n;
	const digits = String(kept + up).padStart(scale + 1, "0");
	const sign = isNegative && /[1-9]/.test(digits) ? "-" : "";
	const at = digits.length - scale;
	return `${sign}${digits.slice(0, at)}${scale > 0 ? `.${digits.slice(at)}` : ""}`;
}
