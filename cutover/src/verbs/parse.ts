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
	const lines = parsed.error.issues.map((issue) => {
		const [key] = issue.path;
		const isMissing = typeof key === "string" && options[key] === undefined;
		return `${optionOf(String(key))}: ${isMissing ? "is needed" : issue.message}`;
	});
	throw new UsageError(lines.join("; "));
}

function optionOf(key: string): string {
	return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
