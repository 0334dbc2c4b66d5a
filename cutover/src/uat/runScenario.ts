import type { Browser, BrowserContext } from "../adapters/playwright.mjs";
import { auditPage } from "./accessibility.ts";
import type { Api } from "./api.ts";
import type { UatConfig } from "./config.ts";
import type { Pictures } from "./report/pictures.ts";
import type { ScenarioResult } from "./result.ts";
import { NotStartedError, type Scenario, StepError } from "./scenario.ts";
import type { UatSession } from "./session.ts";
import type { TestData } from "./testData.ts";
import { createWalk, shortReason } from "./walk.ts";
import { watchPage } from "./watch.ts";

/** What every scenario of a run gets. */
export interface Stage {
	readonly browser: Browser;
	readonly config: UatConfig;
	readonly baseUrl: string;
	readonly run: string;
	readonly session: UatSession;
	readonly api: Api;
	readonly data: TestData;
	readonly password: string;
	readonly pictures: Pictures;
	readonly signal: AbortSignal;
}

/** Runs one scenario in a browser context of its own. Never throws: whatever happens is its result. */
export async function runScenario(
	scenario: Scenario,
	stage: Stage,
): Promise<ScenarioResult> {
	const { name, title } = scenario;
	const startedAt = performance.now();
	const notRun = (reason: string): ScenarioResult => ({
		name,
		title,
		outcome: "not run",
		seconds: (performance.now() - startedAt) / 1000,
		steps: [],
		checks: [],
		reason,
	});
	const { session, signal } = stage;
	if (signal.aborted) return notRun("stopped before it began");
	if (scenario.signedIn && session.state === undefined) {
		return notRun(session.reason ?? "not signed in");
	}
	let context: BrowserContext | undefined;
	try {
		context = await stage.browser.newContext({
			viewport: stage.config.window,
			...(scenario.signedIn &&
				session.state !== undefined && { storageState: session.state }),
		});
		return await inContext(context, scenario, stage, startedAt);
	} catch (error) {
		return notRun(
			signal.aborted ? "stopped in the middle" : shortReason(error),
		);
	} finally {
		await context?.close().catch(() => undefined);
	}
}

async function inContext(
	context: BrowserContext,
	scenario: Scenario,
	stage: Stage,
	startedAt: number,
): Promise<ScenarioResult> {
	const { config, pictures, signal } = stage;
	const { name, title } = scenario;
	context.setDefaultTimeout(config.timeoutSeconds * 1000);
	await context.tracing.start({ screenshots: false, snapshots: true, title });
	const page = await context.newPage();
	const watch = watchPage(page, config.allow);
	const audit = auditPage(page, config.accessibility);
	let nth = 0;
	const { walk, steps } = createWalk({
		...stage,
		page,
		onStep: (step) => watch.nowIn(step),
		async onShown(step) {
			if (signal.aborted) return undefined;
			await watch.settle();
			nth += 1;
			const place = { scenario: name, nth, step };
			const path = await pictures.take(page, place);
			await audit.look();
			return path;
		},
	});
	let problem: unknown;
	try {
		await scenario.run(walk);
		if (steps.length === 0) {
			problem = new StepError("at least one step", "none; call walk.step");
		}
	} catch (error) {
		problem = error;
	}
	const notStarted = problem instanceof NotStartedError;
	const outcome =
		problem === undefined
			? "passed"
			: notStarted || signal.aborted
				? "not run"
				: "failed";
	const checks = notStarted ? [] : [...watch.checks(), audit.check()];
	const isClean =
		outcome === "passed" && checks.every((one) => one.outcome === "passed");
	// Stopped in any case: what is not kept must not stay in the scratch folder.
	const trace = isClean
		? await context.tracing.stop().then(
				() => undefined,
				() => undefined,
			)
		: await pictures.keepTrace(name, (path) => context.tracing.stop({ path }));
	return {
		name,
		title,
		outcome,
		seconds: (performance.now() - startedAt) / 1000,
		steps,
		checks,
		...(problem !== undefined && {
			reason: signal.aborted ? "stopped in the middle" : shortReason(problem),
		}),
		...(trace !== undefined && { trace }),
	};
}
