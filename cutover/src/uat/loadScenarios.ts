import { pathToFileURL } from "node:url";
import { z } from "zod";
import { reasonOf, UsageError } from "../errors.ts";
import type { Scenario, Walk } from "./scenario.ts";
import { usualScenarios } from "./scenarios/index.ts";

const shape = z.object({
	name: z.string().regex(/^[a-z0-9-]+$/, "expected letters, digits and dashes"),
	title: z.string().min(1),
	signedIn: z.boolean(),
	run: z.custom<(walk: Walk) => Promise<void>>(
		(value) => typeof value === "function",
		"expected a function",
	),
});

/**
 * The seven scenarios, then those of the given files, each the file's default export.
 *
 * @throws UsageError that names the file, when it cannot be loaded, is no scenario, or has another one's name.
 */
export async function loadScenarios(
	files: readonly string[],
): Promise<readonly Scenario[]> {
	const found: Scenario[] = [...usualScenarios];
	for (const file of files) {
		let loaded: { readonly default?: unknown };
		try {
			loaded = await import(pathToFileURL(file).href);
		} catch (error) {
			throw new UsageError(
				`--uat: cannot load the scenario ${file}: ${reasonOf(error)}`,
			);
		}
		const parsed = shape.safeParse(loaded.default);
		if (!parsed.success) {
			throw new UsageError(
				`--uat: expected ${file} to export a scenario { name, title, signedIn, run } as its default:\n${z.prettifyError(parsed.error)}`,
			);
		}
		if (found.some(({ name }) => name === parsed.data.name)) {
			throw new UsageError(
				`--uat: the scenario of ${file} is named ${parsed.data.name}, as another one; rename it`,
			);
		}
		found.push(parsed.data);
	}
	return found;
}

/**
 * Which scenarios are wanted.
 *
 * @throws UsageError for a name that there is not.
 */
export function requireKnown(
	only: readonly string[] | undefined,
	scenarios: readonly Scenario[],
): void {
	const names = scenarios.map(({ name }) => name);
	const unknown = only?.filter((name) => !names.includes(name)) ?? [];
	if (unknown.length > 0) {
		throw new UsageError(
			`--only: no scenario ${unknown.join(", ")}; there are ${names.join(", ")}`,
		);
	}
}
