import type { Result } from "../outcome.ts";
import { gateOf, openJudge } from "./admit.ts";
import { openEngine, type World } from "./engine.ts";
import { keepPlan, lookAt } from "./look.ts";
import type { PlanSettings } from "./settings.ts";

/** Previews an update, counts and hashes what it does, and refuses what would take data away. Nothing is changed. */
export async function runPlan(
	settings: PlanSettings,
	world: World,
): Promise<Result> {
	const { stack } = settings;
	const started = performance.now();
	const engine = await openEngine(settings, world);
	// Before minutes are spent on a preview.
	gateOf(settings, engine.settings);
	const preview = await engine.preview();
	const judge = await openJudge(settings, engine.settings);
	const seconds = (performance.now() - started) / 1000;
	const plan = lookAt("update", stack, preview, judge, seconds);
	const kept = await keepPlan(
		settings.reportDir,
		`plan-${stack}`,
		`Plan of ${stack}`,
		plan,
	);
	const { problems, destructive } = plan.destruction;
	const hash = plan.planHash;
	return {
		outcome: problems.length === 0 ? "passed" : "failed",
		checks: [...plan.checks, ...kept.checks],
		next:
			problems.length > 0
				? `The plan of ${stack} takes away ${destructive.length} resources with data (${kept.text}); nothing was changed; missing: ${problems.join("; ")}`
				: `Plan ${hash} of ${stack} (${kept.text}); nothing was changed; next: ${judge.isGated ? `each decision maker: cutover approve --stack ${stack} --gate ${judge.gate} --plan-hash ${hash}; then ` : ""}cutover up --stack ${stack}`,
		facts: plan.facts,
	};
}
