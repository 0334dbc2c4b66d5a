/**
 * JSON kept in text columns. PostgreSQL 15 can only find out whether a text is JSON by failing on it, and a function
 * that catches the failure would have to be created on the source, which stays untouched. So a pattern recognises the
 * plain cases on the server, where the cast is safe, and the rest is judged here.
 */

const blank = "[ \\t\\n\\r]*";
const text = '"[^"\\\\[:cntrl:]]*"';
const scalar = `(?:${text}|-?(?:0|[1-9][0-9]{0,14})(?:[.][0-9]{1,15})?|true|false|null)`;

function objectOf(value: string): string {
	const pair = `${blank}${text}${blank}:${blank}${value}${blank}`;
	return `[{](?:${pair}(?:,${pair})*|${blank})[}]`;
}

function arrayOf(value: string): string {
	return `\\[(?:${blank}${value}${blank}(?:,${blank}${value}${blank})*|${blank})\\]`;
}

const inner = `(?:${scalar}|${objectOf(scalar)}|${arrayOf(scalar)})`;

/** The text is surely a JSON object, whose cast to jsonb cannot fail. SQL condition. */
export function isPlainObjectSql(column: string): string {
	return `${column} ~ '^${blank}${objectOf(inner)}${blank}$'`;
}

/** The text is surely a JSON object or array, whose cast to jsonb cannot fail. SQL condition. */
export function isPlainJsonSql(column: string): string {
	return `${column} ~ '^${blank}(?:${objectOf(inner)}|${arrayOf(inner)})${blank}$'`;
}

/** Whether PostgreSQL takes the text as jsonb; doubtful extremes count as no. */
export function isJsonb(value: string): boolean {
	try {
		JSON.parse(value);
	} catch {
		return false;
	}
	return !holdsUnstorable(value) && !isExtreme(value);
}

/** Whether a string can be stored as text in PostgreSQL: no NUL, no half of a surrogate pair. */
export function isStorable(value: string): boolean {
	return !value.includes("\u0000") && !halfPair.test(value);
}

const halfPair = /\p{Surrogate}/u;

function holdsUnstorable(json: string): boolean {
	if (!/\\u(?:0000|d[89a-f])/i.test(json)) return halfPair.test(json);
	let bad = false;
	JSON.parse(json, (key: string, value: unknown) => {
		if (!isStorable(key)) bad = true;
		if (typeof value === "string" && !isStorable(value)) bad = true;
		return value;
	});
	return bad;
}

function isExtreme(json: string): boolean {
	// Exponents beyond the range of numeric, and nesting beyond the server's stack.
	if (/[eE][+-]?0*[1-9][0-9]{3,}/.test(json)) return true;
	let depth = 0;
	for (const char of json) {
		if (char === "[" || char === "{") depth += 1;
		if (char === "]" || char === "}") depth -= 1;
		if (depth > 1000) return true;
	}
	return false;
}
