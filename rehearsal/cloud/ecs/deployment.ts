import type { Cloud, Properties } from "../handler.ts";
import {
	callLater,
	closeRun,
	hasRun,
	isOverWithin,
	openRun,
} from "./deploymentRuns.ts";
import {
	begin,
	type DeploymentState,
	type Effect,
	type Event,
	type Hook,
	next,
	resume,
} from "./lifecycle.ts";
import {
	type Deployment,
	deployments,
	ecsArn,
	lastPart,
	newDeploymentId,
	newRevisionId,
	revisions,
	type Service,
	services,
} from "./model.ts";
import { tasksOf } from "./revisionTasks.ts";
import { failuresOf } from "./scheduler.ts";
import { addEvent } from "./serviceEvents.ts";
import { type ServiceInputs, serviceInputs } from "./serviceInputs.ts";
import { knownDeployment, rollBack, workAt } from "./stageWork.ts";
import { currentWeights, idleTargetGroup } from "./traffic.ts";

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
/** Deployments of a service that are remembered. */
const kept = 20;

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
	openRun(deployment.arn, () => look(cloud, deployment.arn));
	perform(cloud, deployment.arn, effects);
	return deployment;
}

/** Goes on where a former daemon stopped. */
export function resumeDeployment(cloud: Cloud, arn: string): void {
	const deployment = deployments.get(cloud, arn);
	if (deployment && !hasRun(arn)) {
		const message = `(deployment ${lastPart(arn)}) goes on at ${deployment.state.stage} after a restart of the laptop cloud.`;
		addEvent(cloud, deployment.serviceArn, message);
		openRun(arn, () => look(cloud, arn));
		perform(cloud, arn, resume(deployment.state));
	}
}

/** Stops working at a deployment without deciding it: its service goes away, or the daemon ends. */
export function abandonDeployment(arn: string): void {
	closeRun(arn);
}

/** Tells a deployment what happened; answers its state afterwards. */
export function send(
	cloud: Cloud,
	arn: string,
	event: Event,
): DeploymentState | undefined {
	const deployment = deployments.get(cloud, arn);
	if (!deployment || !hasRun(arn)) {
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
	if (!(await isOverWithin(arn, timeoutMs))) {
		return undefined;
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

function awaitHook(cloud: Cloud, arn: string, hook: Hook): void {
	const deployment = deployments.get(cloud, arn);
	if (!deployment) {
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
	callLater(arn, expiresAt - Date.now(), () =>
		send(cloud, arn, { type: "timed-out", hookId: hook.hookId }),
	);
}

function finish(cloud: Cloud, arn: string): void {
	const { deployment, service } = knownDeployment(cloud, arn);
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
	closeRun(arn);
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

/** Looks at the green revision as long as the deployment lasts. */
function look(cloud: Cloud, arn: string): void {
	const deployment = deployments.get(cloud, arn);
	if (!deployment) {
		closeRun(arn);
		return;
	}
	const { serviceArn, revisionArn } = deployment;
	const { count, last } = failuresOf(cloud, serviceArn, revisionArn);
	if (count >= failedTasksAllowed) {
		const revision = revisions.get(cloud, revisionArn);
		const definition = lastPart(revision?.taskDefinition ?? "");
		const reason = `${count} tasks of ${definition} failed: ${last}`;
		send(cloud, arn, { type: "unhealthy", reason });
	}
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
