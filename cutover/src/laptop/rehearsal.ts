import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runNode } from "../adapters/process.ts";
import { NotAvailableError } from "../errors.ts";
import type { Outcome, Result } from "../outcome.ts";

/** Asks the laptop cloud beside this package; it is never part of a production image. */
export async function askRehearsal(
	word: "env" | "doctor",
	signal: AbortSignal,
	flags: readonly string[] = [],
): Promise<Result> {
	const { exitCode, stdout } = await runNode(
		program(),
		[word, ...flags],
		signal,
	);
	const outcome: Outcome =
		exitCode === 0 ? "passed" : exitCode === 3 ? "not run" : "failed";
	return {
		outcome,
		checks: [
			{
				name: word,
				outcome,
				expected: "exit code 0",
				actual: `exit code ${exitCode}`,
				seconds: 0,
			},
		],
		next: outcome === "passed" ? passed[word] : failed[word],
		text: stdout,
	};
}

const passed = {
	env: 'The laptop cloud\'s environment is printed; use it with: eval "$(npx cutover env)"',
	doctor: "This machine has what the laptop cloud needs; next: npm start",
};

const failed = {
	env: "The laptop cloud gave no environment; next: cutover doctor",
	doctor: "This machine lacks something; see above",
};

function program(): string {
	const file = fileURLToPath(
		new URL("../../../rehearsal/bin/rehearsal.mjs", import.meta.url),
	);
	if (!existsSync(file)) {
		throw new NotAvailableError(
			"the laptop cloud is not part of this installation; run this in a checkout of the repository",
		);
	}
	return file;
}
