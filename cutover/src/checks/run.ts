import { randomBytes } from "node:crypto";
import { keepConnections } from "../adapters/http.ts";
import { cut } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { openApi } from "./api.ts";
import { type Baseline, baselineText, readBaseline } from "./baseline.ts";
import { tidyUp } from "./leftovers.ts";
import { buildChecks } from "./list/index.ts";
import { loadPlan } from "./loadPlan.ts";
import { Made } from "./made.ts";
import { loadOwnChecks } from "./ownChecks.ts";
import type { Phase, Plan } from "./plan.ts";
import { keepReport } from "./report.ts";
import { inOrder, runAll } from "./runAll.ts";
import type { CheckSettings } from "./settings.ts";
import type { World } from "./world.ts";

/** Looks at a running system before or after the migration; removes again whatever it makes, and writes a report. */
export async function check(
	phase: Phase,
	settings: CheckSettings,
	talk: Talk,
	signal: AbortSignal,
	environment: World["environment"] = process.env,
): Promise<Result> {
	const plan = await loadPlan(settings.checks);
	const built = buildChecks(phase, plan);
	const specs = [
		...built,
		...(await loadOwnChecks(settings.checksDir, phase, built)),
	];
	const baseline =
		phase === "after" && settings.baseline !== undefined
			? await readBaseline(settings.baseline)
			: undefined;
	const world = openWorld(phase, settings, plan, {
		talk,
		signal,
		baseline,
		environment,
	});
	const categories = [
		...plan.categories,
		// Whoever adds a check wants it looked at.
		...specs.slice(built.length).map((spec) => spec.group),
	];
	const cutSession = () => {
		if (world.database !== undefined) cut(world.database);
	};
	signal.addEventListener("abort", cutSession);
	const checks = await runAll(
		specs,
		world,
		{ categories, skip: plan.skip },
		signal,
	).finally(() => signal.removeEventListener("abort", cutSession));
	if (signal.aborted) talk.say("stopping: removing what was made");
	const tidied = await runAll(
		[await tidyUp(world)],
		world,
		{ categories: ["Data Integrity"], skip: [] },
		new AbortController().signal,
	);
	return await conclude(
		phase,
		settings,
		world,
		inOrder([...checks, ...tidied]),
		signal,
	);
}

function openWorld(
	phase: Phase,
	settings: CheckSettings,
	plan: Plan,
	more: Pick<World, "talk" | "signal" | "environment"> & {
		readonly baseline: Baseline | undefined;
	},
): World {
	const usual = {
		caFile: settings.caFile,
		requestSeconds: plan.limits.requestSeconds,
	};
	return {
		...more,
		phase,
		plan,
		own: plan[phase],
		api: openApi({
			...usual,
			what: "the API",
			baseUrl: settings.baseUrl,
			host: settings.host,
			connections: keepConnections(),
		}),
		frontend:
			settings.frontendUrl === undefined
				? undefined
				: openApi({
						...usual,
						what: "the frontend",
						baseUrl: settings.frontendUrl,
						connections: keepConnections(),
					}),
		databaseUrl: settings.database,
		database: undefined,
		tokens: {},
		workflow: undefined,
		file: undefined,
		hasRegistered: false,
		made: new Made(),
		mark: randomBytes(4).toString("hex"),
		metrics: {},
		samples: {},
		caFile: settings.caFile,
	};
}

async function conclude(
	phase: Phase,
	settings: CheckSettings,
	world: World,
	checks: readonly Check[],
	signal: AbortSignal,
): Promise<Result> {
	// Half of a look is no pass, whatever it saw.
	const outcome = signal.aborted ? "failed" : combineOutcomes(checks);
	const facts = {
		baseUrl: settings.baseUrl,
		metrics: world.metrics,
		samples: world.samples,
	};
	const isMeasured = Object.keys(world.metrics).length > 0;
	const report = await keepReport(
		settings.reportDir,
		phase,
		{ outcome, checks },
		facts,
		// A partial one would be taken for a whole.
		phase === "before" && isMeasured && !signal.aborted
			? baselineText(settings.baseUrl, world.metrics, new Date().toISOString())
			: undefined,
	);
	const all = [...checks, ...report.checks];
	const whole = signal.aborted ? outcome : combineOutcomes(all);
	const count = (wanted: Check["outcome"]) =>
		all.filter((one) => one.outcome === wanted).length;
	const figures = `${count("passed")} passed, ${count("failed")} failed, ${count("not run")} not run (${report.text})`;
	return {
		outcome: whole,
		checks: all,
		next: signal.aborted
			? `Stopped before the end: ${figures}; run cutover check ${phase} again`
			: nextOf(phase, settings, whole, figures),
		facts: { ...facts, reports: report.files },
	};
}

function nextOf(
	phase: Phase,
	settings: CheckSettings,
	outcome: Result["outcome"],
	figures: string,
): string {
	const system = `The system at ${settings.baseUrl}`;
	switch (outcome) {
		case "passed":
			return phase === "before"
				? `${system} is fit to be migrated: ${figures}`
				: `${system} works after the migration: ${figures}`;
		case "failed":
			return `${system} does not do what is expected: ${figures}; repair what failed, then run cutover check ${phase} again`;
		default:
			return `${system} is not proved: ${figures}; give what is missing, then run cutover check ${phase} again`;
	}
}
