import { createInterface } from "node:readline/promises";
import type { Talk } from "../console.ts";
import { RefusedError, UsageError } from "../errors.ts";

/**
 * Asks before something is destroyed.
 *
 * @throws UsageError when nobody can answer, RefusedError when the answer is not yes.
 */
export async function confirm(
	question: string,
	isAgreed: boolean,
	talk: Talk,
): Promise<void> {
	if (isAgreed) return;
	if (process.stdin.isTTY !== true) {
		throw new UsageError(`${question} Nobody can answer here: say --yes`);
	}
	talk.endProgress();
	const asked = createInterface({
		input: process.stdin,
		output: process.stderr,
	});
	try {
		const answer = await asked.question(`${question} Type yes: `);
		if (answer.trim() === "yes") return;
	} finally {
		asked.close();
	}
	throw new RefusedError("not confirmed; nothing was changed");
}
