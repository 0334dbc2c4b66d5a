import { createInterface } from "node:readline/promises";
import { RefusedError, UsageError } from "./errors.ts";

/** Asks a person to type a word before something is taken away; returns when it was typed. */
export type Confirm = (request: {
	/** What will happen, and where. */
	readonly what: string;
	/** What has to be typed. */
	readonly word: string;
}) => Promise<void>;

/**
 * Asks on a terminal.
 *
 * @throws UsageError where there is none, RefusedError when another word was typed.
 */
export function confirmOn(
	input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
	output: NodeJS.WritableStream,
	signal: AbortSignal,
): Confirm {
	return async ({ what, word }) => {
		if (input.isTTY !== true) {
			throw new UsageError(
				`${what}: nobody can be asked without a terminal; give --yes to go on`,
			);
		}
		const lines = createInterface({ input, output });
		try {
			const typed = await lines
				.question(`${what}.\nType ${word} to go on: `, { signal })
				.catch((error: unknown) => {
					throw new RefusedError(
						"not confirmed: stopped before an answer; nothing was changed",
						{ cause: error },
					);
				});
			if (typed.trim() !== word) {
				throw new RefusedError(
					`not confirmed: expected ${word}, got ${JSON.stringify(typed.trim())}; nothing was changed`,
				);
			}
		} finally {
			lines.close();
		}
	};
}

/** Answers yes to everything: for `--yes`. */
export const confirmed: Confirm = async () => undefined;
