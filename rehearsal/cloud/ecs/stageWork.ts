import { shiftRule } from "../elb/listenerRule.ts";
import type { Cloud } from "../handler.ts";
import { until } from "./deploymentRuns.ts";
import type { Stage } from "./lifecycle.ts";
import { deployments, lastPart, services } from "./model.ts";
import { hasHealthyTask, isSteady, tasksOf } from "./revisionTasks.ts";
import { want } from "./scheduler.ts";
import { addEvent } from "./serviceEvents.ts";
import { serviceInputs } from "./serviceInputs.ts";
import { shiftTo } from "./traffic.ts";

/** How long a rollback waits for a task of blue: only a restarted laptop cloud has to start them anew. */
const blueMayTakeMs = 30_000;

/** Does what a stage is for; resolves when it is done. */
export async function workAt(
	cloud: Cloud,
	arn: string,
	stage: Stage,
): Promise<void> {
	const { deployment, service, inputs } = knownDeployment(cloud, arn);
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

/** Sends all traffic back to blue and removes green. */
export async function rollBack(
	cloud: Cloud,
	arn: string,
	reason: string,
): Promise<void> {
	const { deployment, service, inputs } = knownDeployment(cloud, arn);
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

/** @throws when the deployment or its service is gone */
export function knownDeployment(cloud: Cloud, arn: string) {
	const deployment = deployments.get(cloud, arn);
	const service = services.get(cloud, deployment?.serviceArn ?? "");
	if (!deployment || !service) {
		throw new Error(`service deployment ${arn} is gone`);
	}
	return { deployment, service, inputs: serviceInputs(service.inputs) };
}
