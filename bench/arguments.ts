import { parseArgs } from "node:util";
import { z } from "zod";
import { UsageError } from "../cutover/src/errors.ts";

/**
 * Reads the options of a measurement; each has a value.
 *
 * @throws UsageError that names every option which does not fit, with the usage.
 */
export function parseArguments<Shape extends z.ZodRawShape>(
	argv: readonly string[],
	schema: z.ZodObject<Shape>,
	usage: string,
): z.output<z.ZodObject<Shape>> {
	const parsed = schema.safeParse(valuesOf(argv, schema, usage));
	if (parsed.success) return parsed.data;
	throw new UsageError(`${z.prettifyError(parsed.error)}\n${usage}`);
}

function valuesOf(
	argv: readonly string[],
	schema: z.ZodObject,
	usage: string,
): unknown {
	try {
		return parseArgs({
			args: [...argv],
			options: Object.fromEntries(
				Object.keys(schema.shape).map((name) => [
					name,
					{ type: "string" as const },
				]),
			),
		}).values;
	} catch (error) {
		throw new UsageError(
			`${error instanceof Error ? error.message : error}\n${usage}`,
		);
	}
}
