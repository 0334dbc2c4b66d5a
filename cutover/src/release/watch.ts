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
	const paused = await waitForPause(settings, ports, signal);
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
	await ports.deployments.answer(paused.arn, paused.hook, action);
	return {
		...tried,
		next: isGood
			? `${shortName(settings.taskDefinition)} passed its smoke check and gets the production traffic`
			: `${shortName(settings.taskDefinition)} failed its smoke check: the deployment is rolled back, the version before stays live`,
		facts: { deployment: paused.arn, action },
	};
}

/** Fails unless the wanted revision is the live one; waits for a deployment under way. */
export async function verifyRelease(
	settings: VerifySettings,
	ports: Pick<ReleasePorts, "deployments" | "pollIntervalMs">,
	signal: AbortSignal,
): Promise<Result> {
	const wanted = shortName(settings.taskDefinition);
	const last = await poll(settings, ports, signal, ([newest]) =>
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

async function waitForPause(
	settings: WatchSettings,
	ports: ReleasePorts,
	signal: AbortSignal,
): Promise<{ arn: string; hook: string } | undefined> {
	const startedAt = performance.now();
	// The service is updated at the same time as this looks: a deployment that succeeded before says nothing yet.
	const settleMs =
		(settings.settleSeconds ?? (ports.pollIntervalMs < 1_000 ? 20 : 120)) *
		1000;
	const known = new Set(
		(await ports.deployments.list(settings.cluster, settings.service))
			.filter((one) => !isUnderWay(one))
			.map((one) => one.arn),
	);
	const found = await poll(settings, ports, signal, (list) => {
		const ours = list.filter(
			(one) => one.taskDefinition === settings.taskDefinition,
		);
		const paused = ours.find((one) => one.awaitedHook !== undefined);
		if (paused?.awaitedHook !== undefined) {
			return { arn: paused.arn, hook: paused.awaitedHook };
		}
		const fresh = ours.find((one) => !known.has(one.arn));
		if (fresh !== undefined && hasFailed(fresh)) throw endedEarly(fresh);
		if (fresh?.status === "SUCCESSFUL") return "live";
		const hasSettled = performance.now() - startedAt > settleMs;
		const [newest] = list;
		if (
			!hasSettled ||
			fresh !== undefined ||
			newest?.taskDefinition !== settings.taskDefinition
		) {
			return undefined;
		}
		// No other deployment came: what the newest one ended as is what there is.
		if (hasFailed(newest) && !isUnderWay(newest)) throw endedEarly(newest);
		return newest.status === "SUCCESSFUL" ? "live" : undefined;
	});
	return found === "live" ? undefined : found;
}

async function poll<T>(
	settings: VerifySettings,
	ports: Pick<ReleasePorts, "deployments" | "pollIntervalMs">,
	signal: AbortSignal,
	look: (list: readonly Deployment[]) => T | undefined,
): Promise<T> {
	const deadline = performance.now() + settings.timeoutSeconds * 1000;
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
