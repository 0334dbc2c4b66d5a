import type { z } from "zod";
import { UsageError } from "../errors.ts";

/**
 * Turns options as given into settings.
 *
 * @throws UsageError naming every bad option; values are not repeated, since they may hold passwords.
 */
export function parseSettings<T>(
	schema: z.ZodType<T>,
	options: Readonly<Record<string, unknown>>,
): T {
	const parsed = schema.safeParse(options);
	if (parsed.success) return parsed.data;
	const problems = parsed.error.issues.map((issue) => {
		const [key] = issue.path;
		const isMissing = typeof key === "string" && options[key] === undefined;
		const text = isMissing ? "is needed" : issue.message;
		return { option: optionOf(String(key)), text, isMissing };
	});
	const lines = problems.map(({ option, text }) => `${option}: ${text}`);
	throw new UsageError(lines.join("; "), problems);
}

function optionOf(key: string): string {
	return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
