/** The text looks like a JSON object: cheap, and right often enough to try the cast. SQL condition. */
export function looksLikeObjectSql(column: string): string {
	return `${column} LIKE '{%}'`;
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
