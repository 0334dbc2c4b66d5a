import type { Question } from "@trusted-login/golive";
import { openPlace, readQuestion } from "@trusted-login/golive/read";
import type { CaseSettings } from "./settings.ts";
import { openEvidence } from "./store.ts";

/** Reads everything that a decision is made of. */
export async function loadQuestion(
	settings: CaseSettings,
	nowMs: number = Date.now(),
): Promise<Question> {
	return await readQuestion({
		...settings,
		root: settings.program,
		openBucket: async (place) =>
			place.startsWith("s3://")
				? await openEvidence(place)
				: await openPlace(place),
		nowMs,
	});
}
