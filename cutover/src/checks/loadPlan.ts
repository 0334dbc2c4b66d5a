import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { reasonOf, UsageError } from "../errors.ts";
import { type Plan, planSchema } from "./plan.ts";

/**
 * Reads what a team wants of the checks: a YAML or JSON file, or the JSON text itself (for a task that has no files).
 * What it does not name is as usual.
 *
 * @throws UsageError naming every bad key.
 */
export async function loadPlan(given: string | undefined): Promise<Plan> {
	if (given === undefined) return planSchema.parse({});
	const isText = given.trimStart().startsWith("{");
	const from = isText ? "the text" : given;
	let value: unknown;
	try {
		value = parse(isText ? given : await readFile(given, "utf8"));
	} catch (error) {
		throw new UsageError(`--checks: cannot read ${from}: ${reasonOf(error)}`);
	}
	const parsed = planSchema.safeParse(value ?? {});
	if (parsed.success) return parsed.data;
	throw new UsageError(
		`--checks: ${from} cannot be used:\n${z.prettifyError(parsed.error)}`,
	);
}
