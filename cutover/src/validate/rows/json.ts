import { numericText } from "./numbers.ts";

/** One JSON value, as far as PostgreSQL's jsonb is concerned. */
export interface JsonValue {
	readonly kind: "object" | "array" | "string" | "number" | "literal";
	/** As jsonb prints it; undefined when jsonb cannot hold it (a NUL, half of a surrogate pair, a number beyond numeric). */
	readonly text: string | undefined;
	/** The members of an object, by key; of a key given twice the last. */
	readonly members?: ReadonlyMap<string, JsonValue>;
}

/** What is being read: an object or array whose end has not come yet. */
interface Open {
	readonly members: Map<string, JsonValue> | undefined;
	readonly items: JsonValue[];
	/** Of the member whose value comes next. */
	key: string;
	isStorable: boolean;
}

/**
 * Reads a JSON text; undefined when it is none. Written by hand, since `JSON.parse` loses what jsonb keeps: digits of long
 * numbers, and whether a value can be stored at all. Nesting is held in a list, so that no depth is too deep.
 */
export function readJson(text: string): JsonValue | undefined {
	let at = 0;
	const open: Open[] = [];

	const skipBlanks = () => {
		while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
	};
	const take = (pattern: RegExp): string | undefined => {
		pattern.lastIndex = at;
		const found = pattern.exec(text)?.[0];
		if (found !== undefined) at += found.length;
		return found;
	};
	const takeChar = (char: string): boolean => {
		skipBlanks();
		if (text.charAt(at) !== char) return false;
		at += 1;
		return true;
	};
	/** Takes `"key":` of the innermost object. */
	const takeKey = (inner: Open): boolean => {
		skipBlanks();
		const quoted = take(stringShape);
		if (quoted === undefined) return false;
		inner.key = unquote(quoted);
		if (!isStorable(inner.key)) inner.isStorable = false;
		return takeChar(":");
	};

	for (;;) {
		skipBlanks();
		let value: JsonValue | undefined;
		const char = text.charAt(at);
		if (char === "{" || char === "[") {
			at += 1;
			const inner: Open = {
				members: char === "{" ? new Map() : undefined,
				items: [],
				key: "",
				isStorable: true,
			};
			if (takeChar(char === "{" ? "}" : "]")) {
				value = close(inner);
			} else {
				if (char === "{" && !takeKey(inner)) return undefined;
				open.push(inner);
				continue;
			}
		} else {
			value = scalar(take);
		}
		// A value is there: it goes into what is open, which may end with it, and so on.
		for (;;) {
			if (value === undefined) return undefined;
			const inner = open.at(-1);
			if (inner === undefined) {
				skipBlanks();
				return at === text.length ? value : undefined;
			}
			if (value.text === undefined) inner.isStorable = false;
			if (inner.members === undefined) inner.items.push(value);
			else inner.members.set(inner.key, value);
			if (takeChar(",")) {
				if (inner.members !== undefined && !takeKey(inner)) return undefined;
				break;
			}
			if (!takeChar(inner.members === undefined ? "]" : "}")) return undefined;
			open.pop();
			value = close(inner);
		}
	}
}

const stringShape =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside strings
	/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const numberShape = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordShape = /true|false|null/y;

function scalar(
	take: (pattern: RegExp) => string | undefined,
): JsonValue | undefined {
	const quoted = take(stringShape);
	if (quoted !== undefined) {
		const content = unquote(quoted);
		return {
			kind: "string",
			text: isStorable(content) ? quote(content) : undefined,
		};
	}
	const number = take(numberShape);
	if (number !== undefined) {
		return { kind: "number", text: numericText(number) };
	}
	const word = take(wordShape);
	return word === undefined ? undefined : { kind: "literal", text: word };
}

function close(inner: Open): JsonValue {
	const { members, items, isStorable: isWhole } = inner;
	if (members === undefined) {
		return { kind: "array", text: isWhole ? listText(items) : undefined };
	}
	return {
		kind: "object",
		members,
		text: isWhole ? objectText(members) : undefined,
	};
}

function listText(items: readonly JsonValue[]): string {
	// Put together piece by piece and not joined: deep nesting would be copied once per level.
	let text = "[";
	for (const [place, item] of items.entries()) {
		text += place === 0 ? (item.text ?? "") : `, ${item.text}`;
	}
	return `${text}]`;
}

/** An object as jsonb prints it: keys by their length in bytes, then by their bytes. */
export function objectText(members: ReadonlyMap<string, JsonValue>): string {
	const sorted = [...members]
		.map(([key, value]) => ({ key, value, bytes: Buffer.from(key, "utf8") }))
		.sort(
			(a, b) =>
				a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes),
		);
	let text = "{";
	for (const [place, { key, value }] of sorted.entries()) {
		text += `${place === 0 ? "" : ", "}${quote(key)}: ${value.text}`;
	}
	return `${text}}`;
}

/** A string as jsonb prints it. */
export function quote(content: string): string {
	return `"${
		mustEscape.test(content)
			? content.replace(
					mustEscapeAll,
					(char) =>
						shortEscapes[char] ??
						`\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
				)
			: content
	}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what jsonb escapes
const mustEscape = /["\\\u0000-\u001f]/;
const mustEscapeAll = new RegExp(mustEscape, "g");

const shortEscapes: Readonly<Record<string, string>> = {
	'"': '\\"',
	"\\": "\\\\",
	"\b": "\\b",
	"\f": "\\f",
	"\n": "\\n",
	"\r": "\\r",
	"\t": "\\t",
};

const meanings: Readonly<Record<string, string>> = {
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
};

function unquote(quoted: string): string {
	const inside = quoted.slice(1, -1);
	if (!inside.includes("\\")) return inside;
	return inside.replace(
		/\\(?:u([0-9a-fA-F]{4})|(.))/g,
		(_, code: string | undefined, char: string) =>
			code === undefined
				? (meanings[char] ?? char)
				: String.fromCharCode(Number.parseInt(code, 16)),
	);
}

function isStorable(content: string): boolean {
	return !content.includes("\u0000") && !halfPair.test(content);
}

const halfPair = /\p{Surrogate}/u;
