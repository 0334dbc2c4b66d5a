/** Characters taken off both ends of an e-mail address. */
const blanks = " \t\n\r\f\v";

/**
 * Only ASCII: the sign-in server refuses anything else. Without counted repetitions, which cost PostgreSQL a hundred
 * times the rest; understood alike by PostgreSQL and JavaScript.
 */
const shape = "^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+([.][a-z0-9-]+)+$";

/** Hyphens at the edge of a domain's label. */
const badHyphen = "@-|@[^@]*([.]-|-[.]|-$)";

/** A part of the domain longer than any name server takes; looked for in long addresses only, since it is dear. */
const longLabel = "@.*[a-z0-9-]{64}";
const longLabelFrom = 66;

const shapeMatcher = new RegExp(shape);
const badHyphenMatcher = new RegExp(badHyphen);
const longLabelMatcher = new RegExp(longLabel);

/** The address as it is stored: trimmed, ASCII letters lower-cased. */
export function normalizeEmail(email: string): string {
	let from = 0;
	let to = email.length;
	while (from < to && blanks.includes(email.charAt(from))) from += 1;
	while (to > from && blanks.includes(email.charAt(to - 1))) to -= 1;
	// Letters beyond ASCII are left alone: their lower case depends on the language, and they are invalid anyway.
	return email
		.slice(from, to)
		.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether a normalised address can sign in. */
export function isValidEmail(normalized: string): boolean {
	return (
		shapeMatcher.test(normalized) &&
		!badHyphenMatcher.test(normalized) &&
		!longLabelMatcher.test(normalized)
	);
}

/** `normalizeEmail` as SQL expression. */
export function normalizeEmailSql(column: string): string {
	return `lower(btrim(${column}, E' \\t\\n\\r\\f\\013') COLLATE "C")`;
}

/** `isValidEmail` as SQL condition over a normalised address. */
export function isValidEmailSql(normalized: string): string {
	const literal = shape.replaceAll("'", "''");
	return `(${normalized} ~ '${literal}' AND (${normalized} NOT LIKE '%-%' OR ${normalized} !~ '${badHyphen}') AND (length(${normalized}) < ${longLabelFrom} OR ${normalized} !~ '${longLabel}'))`;
}
