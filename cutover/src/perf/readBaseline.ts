import { readFile } from "node:fs/promises";
import { RefusedError, reasonOf } from "../errors.ts";
import { type Baseline, parseBaseline } from "./baseline.ts";

/** @throws RefusedError that names the file and what is wrong with it. */
export async function readBaseline(file: string): Promise<Baseline> {
	try {
		return parseBaseline(await readFile(file, "utf8"));
	} catch (error) {
		throw new RefusedError(
			`cannot read the baseline ${file}: ${reasonOf(error)}`,
			{ cause: error },
		);
	}
}
