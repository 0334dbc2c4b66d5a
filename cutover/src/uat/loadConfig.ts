import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { reasonOf, UsageError } from "../errors.ts";
import { type UatConfig, uatConfigSchema } from "./config.ts";

/**
 * Reads the file of `--uat`; without one, the defaults. Paths of scenarios come out absolute.
 *
 * @throws UsageError that names the file and every bad key.
 */
export async function loadConfig(file?: string): Promise<UatConfig> {
	if (file === undefined) return uatConfigSchema.parse({});
	let value: unknown;
	try {
		value = parse(await readFile(file, "utf8")) ?? {};
	} catch (error) {
		throw new UsageError(`--uat: cannot read ${file}: ${reasonOf(error)}`);
	}
	const parsed = uatConfigSchema.safeParse(value);
	if (!parsed.success) {
		throw new UsageError(`--uat: ${file}:\n${z.prettifyError(parsed.error)}`);
	}
	const { scenarios, ...config } = parsed.data;
	return {
		...config,
		scenarios: scenarios.map((path) => resolve(dirname(file), path)),
	};
}
