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

/**
 * The text with every array that holds nothing but one such array, as in `[[[]]]`, made `[]`: as much JSON as before, with
 * the same values but for arrays. A parser need not build thousands of arrays that nobody looks at.
 */
export function flattenArrays(json: string): string {
	let flat = "";
	let copied = 0;
	let at = 0;
	let core = json.indexOf("[]");
	while (core >= 0) {
		const quote = json.indexOf('"', at);
		if (quote >= 0 && quote < core) {
			at = endOfString(json, quote);
			if (core < at) core = json.indexOf("[]", at);
			continue;
		}
		let from = core;
		let to = core + 2;
		while (from > copied && json[from - 1] === "[" && json[to] === "]") {
			from -= 1;
			to += 1;
		}
		flat += `${json.slice(copied, from)}[]`;
		copied = to;
		at = to;
		core = json.indexOf("[]", at);
	}
	return flat + json.slice(copied);
}

/** Where a string that begins at a quote is over; the length of the text when it is not. */
function endOfString(json: string, quote: number): number {
	let end = quote;
	for (;;) {
		end = json.indexOf('"', end + 1);
		if (end < 0) return json.length;
		let escapes = 0;
		while (json[end - 1 - escapes] === "\\") escapes += 1;
		if (escapes % 2 === 0) return end + 1;
	}
}

/**
 * The numbers among the members of an object, by their key, as they are written: a double would round them. Of a key given
 * twice the last counts.
 *
 * @param json text that `JSON.parse` takes, with an object outermost.
 */
export function memberNumbers(json: string): ReadonlyMap<string, string> {
	const numbers = new Map<string, string>();
	let depth = 0;
	let key: string | undefined;
	for (const [token] of json.matchAll(tokens)) {
		if (token === "}" || token === "]") depth -= 1;
		if (depth === 1 && token.startsWith('"') && key === undefined) {
			key = JSON.parse(token);
			numbers.delete(key ?? "");
		} else if (depth === 1 && token === ",") {
			key = undefined;
		} else if (depth === 1 && key !== undefined && /^[-\d]/.test(token)) {
			numbers.set(key, token);
		}
		if (token === "{" || token === "[") depth += 1;
	}
	return numbers;
}

const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\],]/gs;

/** Whether PostgreSQL's numeric holds a number of JSON: so many digits before the point, so many after it. */
export function fitsNumeric(number: string): boolean {
	const [, whole = "", fraction = "", power = "0"] =
		/^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
	const exponent = Number(power);
	if (whole === "" || Math.abs(exponent) >= 1_073_741_823) return false;
	if (fraction.length - exponent > 16_383) return false;
	const zeros = /^0*/.exec(whole + fraction)?.[0].length ?? 0;
	return (
		zeros === whole.length + fraction.length ||
		whole.length - zeros + exponent <= 131_072
	);
}
