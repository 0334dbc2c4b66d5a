import type { Question } from "@trusted-login/golive";
import { readQuestion } from "@trusted-login/golive/read";
import type { CaseSettings } from "./settings.ts";

/** Reads everything that a decision is made of. */
export async function loadQuestion(
	settings: CaseSettings,
	nowMs: number = Date.now(),
): Promise<Question> {
	return await readQuestion({ ...settings, root: settings.program, nowMs });
}
