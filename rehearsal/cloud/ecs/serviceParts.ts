import { balancingOf } from "../elb/balancing.ts";
import type { Cloud, Properties } from "../handler.ts";
import { findCluster } from "./cluster.ts";
import { serviceInputs } from "./serviceInputs.ts";
import {
	findTaskDefinition,
	requireServingContainer,
} from "./taskDefinition.ts";

/** The ARN of the cluster. @throws when there is none of that name or ARN */
export function requireCluster(cloud: Cloud, reference: string): string {
	const arn = findCluster(cloud, reference);
	if (arn === undefined) {
		throw new Error(
			`ClusterNotFoundException: Cluster not found: ${reference}`,
		);
	}
	return arn;
}

/** @throws when something that the inputs name does not exist */
export function requireParts(cloud: Cloud, inputs: Properties): void {
	const { taskDefinition, loadBalancer } = serviceInputs(inputs);
	const definition = findTaskDefinition(cloud, taskDefinition);
	if (definition?.status !== "ACTIVE") {
		throw new Error(
			`ClientException: TaskDefinition not found or inactive: ${taskDefinition}`,
		);
	}
	if (!loadBalancer) {
		return;
	}
	requireServingContainer(definition, loadBalancer);
	const { targetGroupArn, alternateTargetGroupArn } = loadBalancer;
	for (const group of [targetGroupArn, alternateTargetGroupArn]) {
		if (!balancingOf(cloud).hasGroup(group)) {
			throw new Error(
				`InvalidParameterException: The target group with targetGroupArn ${group} does not exist`,
			);
		}
	}
	const { productionListenerRule, testListenerRule } = loadBalancer;
	for (const rule of [productionListenerRule, testListenerRule]) {
		if (rule !== undefined && !balancingOf(cloud).rule(rule)) {
			throw new Error(
				`InvalidParameterException: listener rule ${rule} does not exist`,
			);
		}
	}
}
