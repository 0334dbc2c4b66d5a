import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { type Mapping, mappingSchema } from "../conversion/mapping.ts";
import { trustedLogin } from "../conversion/trustedLogin.ts";
import { reasonOf, UsageError } from "../errors.ts";

/**
 * Reads a mapping: a YAML or JSON file, or the JSON text itself (for a task that has no files). Without one it is the
 * mapping of Trusted Login.
 *
 * @throws UsageError naming every bad key.
 */
export async function loadMapping(given: string | undefined): Promise<Mapping> {
	if (given === undefined) return trustedLogin;
	const isText = given.trimStart().startsWith("{");
	const from = isText ? "the mapping" : given;
	let value: unknown;
	try {
		value = parse(isText ? given : await readFile(given, "utf8"));
	} catch (error) {
		throw new UsageError(`--mapping: cannot read ${from}: ${reasonOf(error)}`);
	}
	const parsed = mappingSchema.safeParse(value);
	if (!parsed.success) {
		throw new UsageError(
			`--mapping: ${from} cannot be used:\n${z.prettifyError(parsed.error)}`,
		);
	}
	return parsed.data;
}
