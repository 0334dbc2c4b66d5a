import { z } from "zod";
import type { Properties } from "../handler.ts";
import type { Variable } from "./containers.ts";

export interface ContainerOverride {
	readonly command?: readonly string[] | undefined;
	readonly environment: readonly Variable[];
}

const schema = z.strictObject({
	cpu: z.string().optional(),
	memory: z.string().optional(),
	containerOverrides: z
		.array(
			z.strictObject({
				name: z.string(),
				command: z.array(z.string()).optional(),
				environment: z
					.array(z.strictObject({ name: z.string(), value: z.string() }))
					.default([]),
			}),
		)
		.default([]),
});

/** RunTask's `overrides`, by container. @throws ZodError on an override that the laptop does not know */
export function parseOverrides(
	overrides: Properties,
): ReadonlyMap<string, ContainerOverride> {
	return new Map(
		schema
			.parse(overrides)
			.containerOverrides.map(({ name, command, environment }) => [
				name,
				{ command, environment },
			]),
	);
}
