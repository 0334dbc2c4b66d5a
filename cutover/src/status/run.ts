import type { Result } from "../outcome.ts";
import { verdictOf } from "./page/hero.ts";
import { openPlace } from "./place.ts";
import type { StatusSettings } from "./settings.ts";
import { pageName, writePage } from "./write.ts";

/** Writes the page from what was recorded; asks no server and changes nothing else. */
export async function status(
	settings: StatusSettings,
	now: Date = new Date(),
): Promise<Result> {
	const startedAt = performance.now();
	const place = openPlace(settings.reportDir);
	const { stack, environment } = settings;
	const model = await writePage(
		place,
		{ ...(stack && { stack }), ...(environment && { environment }) },
		now,
	);
	const verdict = verdictOf(model);
	const page = `${place.address}/${pageName}`;
	return {
		outcome: "passed",
		checks: [
			{
				name: "status page",
				outcome: "passed",
				expected: "the page is written",
				actual: `${verdict.headline}. ${verdict.sentence}`,
				details: model.unreadable.map((name) => `cannot be read: ${name}`),
				seconds: (performance.now() - startedAt) / 1000,
			},
		],
		next: `The status page is ${page}${model.next === undefined ? "; next: cutover inventory" : ""}`,
		facts: {
			page,
			headline: verdict.headline,
			failing: model.open.filter(({ check }) => check.outcome === "failed")
				.length,
			open: model.open.length,
			...(model.liveSince !== undefined && { liveSince: model.liveSince }),
			...(model.decision && { decision: model.decision.decision }),
		},
	};
}
