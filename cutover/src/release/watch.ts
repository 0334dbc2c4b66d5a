import { setTimeout as sleep } from "node:timers/promises";
import type { Deployment, Deployments } from "../adapters/ecs.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import type { Result } from "../outcome.ts";
import type { VerifySettings, WatchSettings } from "./settings.ts";

/** The services a release is watched through. */
export interface ReleasePorts {
	readonly deployments: Deployments;
	readonly pollIntervalMs: number;
	/** Tries the idle colour. */
	readonly smoke: () => Promise<Result>;
}

/** Answers the deployment's pause: continue when the smoke check passes, else roll back. */
export async function watchRelease(
	settings: WatchSettings,
	ports: ReleasePorts,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	talk.say(
		`waiting for ${settings.service} to pause with ${shortName(settings.taskDefinition)}`,
	);
	const deadline = deadlineOf(settings);
	const over = new Set(
		(await ports.deployments.list(settings.cluster, settings.service))
			.filter(isDecided)
			.map(({ arn }) => arn),
	);
	for (;;) {
		const paused = await waitForPause(settings, ports, over, deadline, signal);
		if (paused === undefined) {
			return simple(
				"passed",
				"deployment",
				"already live",
				`${shortName(settings.taskDefinition)} is live already: nothing to decide`,
			);
		}
		talk.say("the new version gets the test traffic; trying it");
		const tried = await ports.smoke();
		const isGood = tried.outcome === "passed";
		const action = isGood ? "CONTINUE" : "ROLLBACK";
		try {
			await ports.deployments.answer(paused.arn, paused.hook, action);
		} catch (error) {
			if (!(await wentBack(settings, ports, paused.arn))) throw error;
			if (isGood) {
				// An update that was killed left a pause behind, and its time ran out; this update's own deployment follows.
				talk.say(
					"the deployment went back before its answer came; waiting for the next",
				);
				over.add(paused.arn);
				continue;
			}
		}
		return {
			...tried,
			next: isGood
				? `${shortName(settings.taskDefinition)} passed its smoke check and gets the production traffic`
				: `${shortName(settings.taskDefinition)} failed its smoke check: the deployment is rolled back, the version before stays live`,
			facts: { deployment: paused.arn, action },
		};
	}
}

/** Fails unless the wanted revision is the live one; waits for a deployment under way. */
export async function verifyRelease(
	settings: VerifySettings,
	ports: Pick<ReleasePorts, "deployments" | "pollIntervalMs">,
	signal: AbortSignal,
): Promise<Result> {
	const wanted = shortName(settings.taskDefinition);
	const last = await poll(
		settings,
		ports,
		deadlineOf(settings),
		signal,
		([newest]) =>
			newest !== undefined && !isUnderWay(newest) ? newest : undefined,
	);
	if (
		last.status === "SUCCESSFUL" &&
		last.taskDefinition === settings.taskDefinition
	) {
		return simple(
			"passed",
			"live revision",
			wanted,
			`${wanted} is live on ${settings.service}`,
		);
	}
	const actual = `${shortName(last.taskDefinition)} ${last.status}${last.reason === undefined ? "" : `: ${last.reason}`}`;
	return simple(
		"failed",
		"live revision",
		actual,
		`${wanted} is not live on ${settings.service} (${actual}); the version before keeps the traffic; repair and update again`,
		wanted,
	);
}

/** @param over deployments that were decided before this update's own began: they say nothing about it. */
async function waitForPause(
	settings: WatchSettings,
	ports: ReleasePorts,
	over: ReadonlySet<string>,
	deadline: number,
	signal: AbortSignal,
): Promise<{ arn: string; hook: string } | undefined> {
	// The service is updated at the same time as this looks: a deployment that ended before says nothing yet.
	const settleMs =
		(settings.settleSeconds ?? (ports.pollIntervalMs < 1_000 ? 20 : 120)) *
		1000;
	let quietSince = performance.now();
	const found = await poll(settings, ports, deadline, signal, (list) => {
		const ours = list.filter(
			(one) => one.taskDefinition === settings.taskDefinition,
		);
		const paused = ours.find(
			(one) => one.awaitedHook !== undefined && !over.has(one.arn),
		);
		if (paused?.awaitedHook !== undefined) {
			return { arn: paused.arn, hook: paused.awaitedHook };
		}
		const fresh = ours.find((one) => !over.has(one.arn));
		if (fresh !== undefined && hasFailed(fresh)) throw endedEarly(fresh);
		if (fresh?.status === "SUCCESSFUL") return "live";
		if (list.some(isUnderWay)) quietSince = performance.now();
		const hasSettled = performance.now() - quietSince > settleMs;
		const [newest] = list;
		if (
			!hasSettled ||
			fresh !== undefined ||
			newest?.taskDefinition !== settings.taskDefinition
		) {
			return undefined;
		}
		// No other deployment came: what the newest one ended as is what there is.
		if (hasFailed(newest)) throw endedEarly(newest);
		return newest.status === "SUCCESSFUL" ? "live" : undefined;
	});
	return found === "live" ? undefined : found;
}

/** Whether the deployment was rolled back, or is about to be. */
async function wentBack(
	settings: WatchSettings,
	ports: ReleasePorts,
	arn: string,
): Promise<boolean> {
	const list = await ports.deployments.list(settings.cluster, settings.service);
	const deployment = list.find((one) => one.arn === arn);
	return deployment === undefined || hasFailed(deployment);
}

const deadlineOf = ({ timeoutSeconds }: VerifySettings): number =>
	performance.now() + timeoutSeconds * 1000;

async function poll<T>(
	settings: VerifySettings,
	ports: Pick<ReleasePorts, "deployments" | "pollIntervalMs">,
	deadline: number,
	signal: AbortSignal,
	look: (list: readonly Deployment[]) => T | undefined,
): Promise<T> {
	let last = "no deployment was seen";
	for (;;) {
		signal.throwIfAborted();
		const list = await ports.deployments.list(
			settings.cluster,
			settings.service,
		);
		const found = look(list);
		if (found !== undefined) return found;
		const [newest] = list;
		if (newest !== undefined) {
			last = `the newest deployment is ${shortName(newest.taskDefinition)} ${newest.status}`;
		}
		if (performance.now() > deadline) {
			throw new RefusedError(
				`${settings.service} did not get there within ${settings.timeoutSeconds} s: ${last}`,
			);
		}
		await sleep(ports.pollIntervalMs, undefined, { signal }).catch(() =>
			signal.throwIfAborted(),
		);
	}
}

function isUnderWay(deployment: Deployment): boolean {
	return /^(PENDING|IN_PROGRESS|STOP_REQUESTED|ROLLBACK_REQUESTED|ROLLBACK_IN_PROGRESS)$/.test(
		deployment.status,
	);
}

/** Ended, or on its way back: nothing that is answered now changes it. */
function isDecided(deployment: Deployment): boolean {
	return !isUnderWay(deployment) || hasFailed(deployment);
}

function endedEarly(deployment: Deployment): RefusedError {
	const why = deployment.reason === undefined ? "" : `, ${deployment.reason}`;
	return new RefusedError(
		`the deployment of ${shortName(deployment.taskDefinition)} ended before its smoke check: ${deployment.status}${why}`,
	);
}

function hasFailed(deployment: Deployment): boolean {
	return /^(STOPPED|STOP_REQUESTED|ROLLBACK_.*)$/.test(deployment.status);
}

/** `family:revision` of a task definition's ARN. */
function shortName(taskDefinition: string): string {
	return taskDefinition.split("/").at(-1) ?? taskDefinition;
}

function simple(
	outcome: "passed" | "failed",
	name: string,
	actual: string,
	next: string,
	expected = actual,
): Result {
	return {
		outcome,
		checks: [{ name, outcome, expected, actual, seconds: 0 }],
		next,
	};
}
