import { balancingOf } from "../elb/balancing.ts";
import { shiftRule } from "../elb/listenerRule.ts";
import type { Cloud, Properties } from "../handler.ts";
import {
	begin,
	type DeploymentState,
	type Effect,
	type Event,
	type Hook,
	next,
	resume,
	type Stage,
} from "./lifecycle.ts";
import {
	type Deployment,
	deployments,
	ecsArn,
	lastPart,
	newDeploymentId,
	newRevisionId,
	type RuleWeights,
	revisions,
	type Service,
	services,
} from "./model.ts";
import {
	failuresOf,
	hasHealthyTask,
	isSteady,
	tasksOf,
	want,
} from "./scheduler.ts";
import { addEvent } from "./serviceEvents.ts";
import { type ServiceInputs, serviceInputs } from "./serviceInputs.ts";

/**
 * The effects of blue/green deployments. Decisions are `lifecycle.ts`'s.
 *
 * On the first deployment of a service there is no blue revision. The documentation does not say that any stage is left
 * out, and hooks are called on service creation too: so the same stages run, green is the revision of the primary
 * target group, and until PRODUCTION_TRAFFIC_SHIFT the rules say what the program declared. There is nothing to go back
 * to, so a failure ends in ROLLBACK_FAILED, with the declared weights put back and no task left.
 */

/** Failed tasks of the green revision in a row, from which on a deployment counts as failed. */
const failedTasksAllowed = 3;
const lookEveryMs = 200;
const blueMayTakeMs = 30_000;
/** Deployments of a service that are remembered. */
const kept = 20;

interface Run {
	readonly timers: Set<NodeJS.Timeout>;
	over: boolean;
	waiting: (() => void)[];
}

const runs = new Map<string, Run>();

/** Makes a revision of the service as it is now and starts to deploy it. */
export function startDeployment(
	cloud: Cloud,
	service: Service,
	how: {
		readonly operation: "create" | "update";
		readonly reconcile: boolean;
		readonly inputsBefore?: Properties;
	},
): Deployment {
	forgetOld(cloud, service);
	const inputs = serviceInputs(service.inputs);
	const path = `${lastPart(service.clusterArn)}/${service.name}`;
	const now = Date.now();
	const revision = revisions.put(cloud, {
		arn: ecsArn(cloud, `service-revision/${path}/${newRevisionId()}`),
		serviceArn: service.arn,
		taskDefinition: inputs.taskDefinition,
		targetGroupArn: idleTargetGroup(cloud, service, inputs),
		createdAt: now,
	});
	const { state, effects } = begin({
		hooks: hooksOf(inputs),
		bakeMinutes: inputs.bakeMinutes,
		first: service.liveRevisionArn === undefined,
		reconcile: how.reconcile,
	});
	const deployment = deployments.put(cloud, {
		arn: ecsArn(cloud, `service-deployment/${path}/${newDeploymentId()}`),
		serviceArn: service.arn,
		revisionArn: revision.arn,
		sourceRevisionArn: service.liveRevisionArn,
		createdAt: now,
		updatedAt: now,
		operation: how.operation,
		inputsBefore: how.inputsBefore,
		weightsBefore: currentWeights(cloud, inputs),
		state,
	});
	services.change(cloud, service.arn, () => ({
		deploymentArn: deployment.arn,
	}));
	addEvent(
		cloud,
		service.arn,
		`(deployment ${lastPart(deployment.arn)}) started: ${lastPart(inputs.taskDefinition)}; a minute runs as ${cloud.minuteSeconds} s here.`,
	);
	open(cloud, deployment.arn);
	perform(cloud, deployment.arn, effects);
	return deployment;
}

/** Goes on where a former daemon stopped. */
export function resumeDeployment(cloud: Cloud, arn: string): void {
	const deployment = deployments.get(cloud, arn);
	if (deployment && !runs.has(arn)) {
		const message = `(deployment ${lastPart(arn)}) goes on at ${deployment.state.stage} after a restart of the laptop cloud.`;
		addEvent(cloud, deployment.serviceArn, message);
		open(cloud, arn);
		perform(cloud, arn, resume(deployment.state));
	}
}

/** Stops working at a deployment without deciding it: its service goes away, or the daemon ends. */
export function abandonDeployment(arn: string): void {
	const run = runs.get(arn);
	if (run) {
		close(arn, run);
	}
}

/** Tells a deployment what happened; answers its state afterwards. */
export function send(
	cloud: Cloud,
	arn: string,
	event: Event,
): DeploymentState | undefined {
	const deployment = deployments.get(cloud, arn);
	if (!deployment || !runs.has(arn)) {
		return deployment?.state;
	}
	const before = deployment.state;
	const { state, effects } = next(before, event);
	if (state !== before) {
		const rolling =
			state.status === "ROLLBACK_IN_PROGRESS" && state.status !== before.status;
		deployments.change(cloud, arn, () => ({
			state,
			updatedAt: Date.now(),
			hookExpiresAt: undefined,
			...(rolling && { rollbackStartedAt: Date.now() }),
		}));
		perform(cloud, arn, effects);
	}
	return deployments.get(cloud, arn)?.state;
}

/** Resolves when the deployment is over, or undefined when the time is. */
export async function settled(
	cloud: Cloud,
	arn: string,
	timeoutMs: number,
): Promise<Deployment | undefined> {
	const run = runs.get(arn);
	if (run) {
		let limit: NodeJS.Timeout | undefined;
		const inTime = await Promise.race([
			new Promise<boolean>((resolve) => {
				run.waiting.push(() => resolve(true));
			}),
			new Promise<boolean>((resolve) => {
				limit = setTimeout(() => resolve(false), timeoutMs);
			}),
		]);
		clearTimeout(limit);
		if (!inTime) {
			return undefined;
		}
	}
	return deployments.get(cloud, arn);
}

function perform(cloud: Cloud, arn: string, effects: readonly Effect[]): void {
	for (const effect of effects) {
		switch (effect.type) {
			case "work":
				workAt(cloud, arn, effect.stage).then(
					() => send(cloud, arn, { type: "done", stage: effect.stage }),
					(error: unknown) =>
						send(cloud, arn, {
							type: "failed",
							stage: effect.stage,
							reason: messageOf(error),
						}),
				);
				break;
			case "await-hook":
				awaitHook(cloud, arn, effect.hook);
				break;
			case "roll-back":
				rollBack(cloud, arn, effect.reason).then(
					() => send(cloud, arn, { type: "rolled-back" }),
					(error: unknown) =>
						send(cloud, arn, {
							type: "rollback-failed",
							reason: messageOf(error),
						}),
				);
				break;
			case "finish":
				finish(cloud, arn);
				break;
		}
	}
}

async function workAt(cloud: Cloud, arn: string, stage: Stage): Promise<void> {
	const { deployment, service, inputs } = known(cloud, arn);
	addEvent(
		cloud,
		service.arn,
		`(deployment ${lastPart(arn)}) reached ${stage}.`,
	);
	await cloud.faultPoint({
		type: "aws:ecs/service:Service",
		operation: deployment.operation,
		urn: service.urn,
		stage,
	});
	const green = deployment.revisionArn;
	const balancer = inputs.loadBalancer;
	const greenIsSteady = () => {
		const current = services.get(cloud, service.arn);
		return current !== undefined && isSteady(cloud, current, green);
	};
	switch (stage) {
		case "SCALE_UP":
			want(cloud, service.arn, green, inputs.desiredCount);
			await until(arn, greenIsSteady);
			return;
		case "TEST_TRAFFIC_SHIFT":
		case "PRODUCTION_TRAFFIC_SHIFT": {
			// A task may have died since, or the whole laptop cloud may have been restarted.
			await until(arn, greenIsSteady);
			const rule =
				stage === "TEST_TRAFFIC_SHIFT"
					? balancer?.testListenerRule
					: balancer?.productionListenerRule;
			// While it waited, the deployment may have been rolled back: then nothing is shifted any more.
			if (rule !== undefined && isAt(cloud, arn, stage)) {
				shiftTo(cloud, rule, green, inputs);
			}
			return;
		}
		case "BAKE_TIME": {
			const minutes = deployment.state.bakeMinutes;
			const endsAt =
				deployment.bakeEndsAt ??
				Date.now() + minutes * cloud.minuteSeconds * 1_000;
			deployments.change(cloud, arn, () => ({ bakeEndsAt: endsAt }));
			await until(arn, () => Date.now() >= endsAt);
			return;
		}
		case "CLEAN_UP":
			if (deployment.sourceRevisionArn) {
				await remove(cloud, arn, service.arn, deployment.sourceRevisionArn);
			}
			return;
		default:
			return;
	}
}

function awaitHook(cloud: Cloud, arn: string, hook: Hook): void {
	const deployment = deployments.get(cloud, arn);
	const run = runs.get(arn);
	if (!deployment || !run) {
		return;
	}
	const seconds = hook.timeoutMinutes * cloud.minuteSeconds;
	const expiresAt = deployment.hookExpiresAt ?? Date.now() + seconds * 1_000;
	deployments.change(cloud, arn, () => ({ hookExpiresAt: expiresAt }));
	addEvent(
		cloud,
		deployment.serviceArn,
		`(deployment ${lastPart(arn)}) waits at ${hook.stage} for ContinueServiceDeployment (hook ${hook.hookId}); ${hook.timeoutAction} after ${hook.timeoutMinutes} minutes, run as ${seconds} s.`,
	);
	const timer = setTimeout(
		() => {
			run.timers.delete(timer);
			send(cloud, arn, { type: "timed-out", hookId: hook.hookId });
		},
		// Longer than this, Node would fire at once.
		Math.min(Math.max(0, expiresAt - Date.now()), 2 ** 31 - 1),
	);
	run.timers.add(timer);
}

async function rollBack(
	cloud: Cloud,
	arn: string,
	reason: string,
): Promise<void> {
	const { deployment, service, inputs } = known(cloud, arn);
	addEvent(
		cloud,
		service.arn,
		`(deployment ${lastPart(arn)}) rolling back from ${deployment.state.stage}: ${reason}`,
	);
	const blue = deployment.sourceRevisionArn;
	const balancer = inputs.loadBalancer;
	if (balancer && blue) {
		const giveUpAt = Date.now() + blueMayTakeMs;
		// After a restart of the laptop cloud blue's tasks are still starting.
		await until(
			arn,
			() => hasHealthyTask(cloud, service, blue) || Date.now() > giveUpAt,
		);
		shiftTo(cloud, balancer.productionListenerRule, blue, inputs);
		if (balancer.testListenerRule) {
			shiftTo(cloud, balancer.testListenerRule, blue, inputs);
		}
	} else {
		for (const { ruleArn, groups } of deployment.weightsBefore) {
			shiftRule(cloud, ruleArn, groups);
		}
	}
	await remove(cloud, arn, service.arn, deployment.revisionArn);
}

function finish(cloud: Cloud, arn: string): void {
	const { deployment, service } = known(cloud, arn);
	const { status, reason } = deployment.state;
	const successful = status === "SUCCESSFUL";
	const live = successful
		? deployment.revisionArn
		: deployment.sourceRevisionArn;
	deployments.change(cloud, arn, () => ({ finishedAt: Date.now() }));
	services.change(cloud, service.arn, ({ wanted, inputs }) => ({
		deploymentArn: undefined,
		liveRevisionArn: live,
		// Anything else that is left of a revision goes with the next look at the service.
		wanted: Object.fromEntries(
			Object.entries(wanted).map(([revision, count]) => [
				revision,
				revision === live ? count : 0,
			]),
		),
		inputs: successful ? inputs : (deployment.inputsBefore ?? inputs),
	}));
	addEvent(
		cloud,
		service.arn,
		successful
			? `(deployment ${lastPart(arn)}) completed${reason === undefined ? "" : `, but: ${reason}`}.`
			: `(deployment ${lastPart(arn)}) ${status}: ${reason}`,
	);
	const run = runs.get(arn);
	if (run) {
		close(arn, run);
	}
}

/** Takes the tasks of a revision out of traffic and ends them. */
async function remove(
	cloud: Cloud,
	arn: string,
	serviceArn: string,
	revisionArn: string,
): Promise<void> {
	want(cloud, serviceArn, revisionArn, 0);
	await until(arn, () => tasksOf(cloud, revisionArn).length === 0);
}

function isAt(cloud: Cloud, arn: string, stage: Stage): boolean {
	const state = deployments.get(cloud, arn)?.state;
	return state?.status === "IN_PROGRESS" && state.stage === stage;
}

/** Forgets revisions without tasks, and deployments long over. */
function forgetOld(cloud: Cloud, service: Service): void {
	services.change(cloud, service.arn, ({ wanted }) => ({
		wanted: Object.fromEntries(
			Object.entries(wanted).filter(
				([revision, count]) => count > 0 || tasksOf(cloud, revision).length > 0,
			),
		),
	}));
	const old = deployments
		.list(cloud)
		.filter(({ serviceArn }) => serviceArn === service.arn)
		.sort((a, b) => b.createdAt - a.createdAt)
		.slice(kept);
	for (const { arn, revisionArn } of old) {
		deployments.remove(cloud, arn);
		if (revisionArn !== service.liveRevisionArn) {
			revisions.remove(cloud, revisionArn);
		}
	}
}

/** All traffic of a rule to the target group of a revision. */
function shiftTo(
	cloud: Cloud,
	ruleArn: string,
	revisionArn: string,
	{ loadBalancer }: ServiceInputs,
): void {
	const chosen = revisions.get(cloud, revisionArn)?.targetGroupArn;
	if (!loadBalancer || !chosen) {
		return;
	}
	const { targetGroupArn, alternateTargetGroupArn } = loadBalancer;
	shiftRule(
		cloud,
		ruleArn,
		[targetGroupArn, alternateTargetGroupArn].map((group) => ({
			arn: group,
			weight: group === chosen ? 100 : 0,
		})),
	);
}

/** The target group that the live revision does not use; the primary one when there is none. */
function idleTargetGroup(
	cloud: Cloud,
	service: Service,
	{ loadBalancer }: ServiceInputs,
): string | undefined {
	const live = revisions.get(cloud, service.liveRevisionArn ?? "");
	return live?.targetGroupArn === loadBalancer?.targetGroupArn
		? loadBalancer?.alternateTargetGroupArn
		: loadBalancer?.targetGroupArn;
}

function currentWeights(
	cloud: Cloud,
	{ loadBalancer }: ServiceInputs,
): readonly RuleWeights[] {
	const rules = [
		loadBalancer?.productionListenerRule,
		loadBalancer?.testListenerRule,
	];
	return rules.flatMap((ruleArn) => {
		const action =
			ruleArn === undefined
				? undefined
				: balancingOf(cloud).rule(ruleArn)?.action;
		return ruleArn !== undefined && action?.type === "forward"
			? [{ ruleArn, groups: action.groups }]
			: [];
	});
}

function hooksOf({ hooks }: ServiceInputs): readonly Hook[] {
	return hooks.flatMap(({ stages, timeoutMinutes, timeoutAction }) =>
		stages.map((stage) => ({
			hookId: newDeploymentId(),
			stage,
			timeoutMinutes,
			timeoutAction,
			status: "PENDING" as const,
		})),
	);
}

function known(cloud: Cloud, arn: string) {
	const deployment = deployments.get(cloud, arn);
	const service = services.get(cloud, deployment?.serviceArn ?? "");
	if (!deployment || !service) {
		throw new Error(`service deployment ${arn} is gone`);
	}
	return { deployment, service, inputs: serviceInputs(service.inputs) };
}

/** Looks at the green revision as long as the deployment lasts. */
function open(cloud: Cloud, arn: string): void {
	const run: Run = { timers: new Set(), over: false, waiting: [] };
	runs.set(arn, run);
	const watch = setInterval(() => {
		const deployment = deployments.get(cloud, arn);
		if (!deployment) {
			close(arn, run);
			return;
		}
		const { serviceArn, revisionArn } = deployment;
		const { count, last } = failuresOf(cloud, serviceArn, revisionArn);
		if (count >= failedTasksAllowed) {
			send(cloud, arn, {
				type: "unhealthy",
				reason: `${count} tasks of ${lastPart(serviceInputs(services.get(cloud, serviceArn)?.inputs ?? {}).taskDefinition)} failed: ${last}`,
			});
		}
	}, lookEveryMs);
	run.timers.add(watch);
}

function close(arn: string, run: Run): void {
	run.over = true;
	for (const timer of run.timers) {
		clearTimeout(timer);
	}
	runs.delete(arn);
	for (const tell of run.waiting) {
		tell();
	}
}

/** Waits for a condition for as long as somebody works at the deployment. */
async function until(arn: string, holds: () => boolean): Promise<void> {
	const run = runs.get(arn);
	while (run && !run.over && !holds()) {
		await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
	}
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
