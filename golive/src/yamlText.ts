import { isMap, isNode, LineCounter, parseDocument, type Scalar } from "yaml";
import type { z } from "zod";

/** Nothing that people write by hand is larger, in bytes. */
export const largestFileBytes = 10 * 1024 * 1024;

/** What a text came to: the parsed value, or one line per problem with its place. */
export type Read<T> =
	| { readonly value: T; readonly problems?: never }
	| { readonly value?: never; readonly problems: readonly string[] };

/**
 * Reads YAML (or JSON, which is YAML) by a schema. Aliases are refused, so that a small file cannot grow large.
 * Each problem reads `file:line:column: path: message`. Never throws for what the text holds.
 */
export function readYaml<T>(
	text: string,
	schema: z.ZodType<T>,
	file: string,
): Read<T> {
	if (text.length > largestFileBytes) {
		return {
			problems: [
				`${file}: expected at most 10 MB, got ${Math.ceil(text.length / 1_000_000)} MB`,
			],
		};
	}
	const lines = new LineCounter();
	try {
		const document = parseDocument(text, {
			lineCounter: lines,
			uniqueKeys: true,
			logLevel: "silent",
		});
		const at = (offset: number) => {
			const { line, col } = lines.linePos(offset);
			return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
		};
		if (document.errors.length > 0) {
			return {
				problems: document.errors.map(
					({ pos, message }) => `${at(pos[0])}: ${message.split("\n")[0]}`,
				),
			};
		}
		const parsed = schema.safeParse(document.toJS({ maxAliasCount: 0 }));
		if (parsed.success) return { value: parsed.data };
		return {
			problems: parsed.error.issues.flatMap((issue) =>
				issuePaths(issue).map(({ path, message, isKey }) => {
					const offset = offsetOf(document, path, isKey);
					return `${at(offset)}: ${path.join(".") || "the file"}: ${message}`;
				}),
			),
		};
	} catch (error) {
		// A nesting too deep for the stack, a bomb of aliases: whatever it is, it is no file of ours.
		const reason = error instanceof Error ? error.message : String(error);
		return { problems: [`${file}:1:1: ${reason.split("\n")[0]}`] };
	}
}

interface IssuePath {
	readonly path: readonly PropertyKey[];
	readonly message: string;
	/** The problem is the key itself, not what stands behind it. */
	readonly isKey: boolean;
}

function issuePaths(issue: z.core.$ZodIssue): readonly IssuePath[] {
	if (issue.code === "unrecognized_keys") {
		return issue.keys.map((key) => ({
			path: [...issue.path, key],
			message: "unknown key; remove it, or correct its spelling",
			isKey: true,
		}));
	}
	return [{ path: issue.path, message: issue.message, isKey: false }];
}

/** Where in the text a path lies; the nearest thing above it where it is missing. */
function offsetOf(
	document: ReturnType<typeof parseDocument>,
	path: readonly PropertyKey[],
	isKey: boolean,
): number {
	if (isKey) {
		const map = document.getIn(path.slice(0, -1), true);
		const pair = isMap(map)
			? map.items.find(
					(item) => (item.key as Scalar).value === path[path.length - 1],
				)
			: undefined;
		if (isNode(pair?.key) && pair.key.range) return pair.key.range[0];
	}
	for (let length = path.length; length >= 0; length--) {
		const node =
			length === 0
				? document.contents
				: document.getIn(path.slice(0, length), true);
		if (isNode(node) && node.range) return node.range[0];
	}
	return 0;
}
