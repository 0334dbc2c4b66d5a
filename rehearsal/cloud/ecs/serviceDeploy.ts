import { isDeepStrictEqual } from "node:util";
import type { Cloud, Properties } from "../handler.ts";
import { send, settled, startDeployment } from "./deployment.ts";
import {
	type Deployment,
	deployments,
	lastPart,
	type Service,
	services,
} from "./model.ts";
import { isSteady } from "./revisionTasks.ts";
import { want } from "./scheduler.ts";
import { serviceInputs } from "./serviceInputs.ts";

/** The real provider's default for create and update. */
const steadyTimeoutMs = 20 * 60_000;

/** A deployment that was rolled back or stopped: the service runs what it ran before. */
export class DeploymentFailedError extends Error {
	readonly deploymentArn: string;
	readonly status: string;

	constructor(service: Service, deployment: Deployment) {
		const { status, reason } = deployment.state;
		super(
			`waiting for ECS Service (${service.arn}) to reach a steady state: deployment ${lastPart(deployment.arn)} ended ${status}: ${reason}`,
		);
		this.name = "DeploymentFailedError";
		this.deploymentArn = deployment.arn;
		this.status = status;
	}
}

/** Makes the service what the inputs say, by a deployment where one is needed, and waits for it if asked. */
export async function deploy(
	cloud: Cloud,
	arn: string,
	inputs: Properties,
	operation: "create" | "update",
): Promise<void> {
	const service = await withoutOtherDeployment(cloud, arn, inputs);
	const before = service.inputs;
	const given = serviceInputs(inputs);
	let deploymentArn = service.deploymentArn;
	if (deploymentArn === undefined) {
		const changed = { ...service, inputs };
		services.change(cloud, arn, () => ({ inputs }));
		if (needsDeployment(service, before, inputs)) {
			const started = startDeployment(cloud, changed, {
				operation,
				reconcile: isReplacement(cloud, service),
				...(operation === "update" && { inputsBefore: before }),
			});
			deploymentArn = started.arn;
		} else if (service.liveRevisionArn) {
			want(cloud, arn, service.liveRevisionArn, given.desiredCount);
		}
	}
	if (!given.waitForSteadyState) {
		return;
	}
	if (deploymentArn === undefined) {
		await waitUntilSteady(cloud, arn);
		return;
	}
	const deployment = await settled(cloud, deploymentArn, steadyTimeoutMs);
	if (!deployment) {
		throw new Error(
			`waiting for ECS Service (${arn}) to reach a steady state: timeout while waiting for state to become 'tfSTABLE'`,
		);
	}
	if (deployment.state.status !== "SUCCESSFUL") {
		throw new DeploymentFailedError(service, deployment);
	}
}

/**
 * A deployment under way is joined when it is for the same inputs: its engine died and asks again. Any other is rolled
 * back first, and one that is rolling back already is waited for.
 */
async function withoutOtherDeployment(
	cloud: Cloud,
	arn: string,
	inputs: Properties,
): Promise<Service> {
	const service = requireService(cloud, arn);
	if (service.deploymentArn === undefined) return service;
	if (isRollingBack(cloud, service.deploymentArn)) {
		await settled(cloud, service.deploymentArn, steadyTimeoutMs);
		return requireService(cloud, arn);
	}
	if (isDeepStrictEqual(plain(service.inputs), plain(inputs))) return service;
	send(cloud, service.deploymentArn, {
		type: "stop",
		reason: "a newer deployment was started",
	});
	await settled(cloud, service.deploymentArn, steadyTimeoutMs);
	return requireService(cloud, arn);
}

const isRollingBack = (cloud: Cloud, deploymentArn: string): boolean =>
	deployments.get(cloud, deploymentArn)?.state.status ===
	"ROLLBACK_IN_PROGRESS";

/** Whether the deployment before this one was rolled back for it. */
function isReplacement(cloud: Cloud, service: Service): boolean {
	const [latest] = deployments
		.list(cloud)
		.filter(({ serviceArn }) => serviceArn === service.arn)
		.sort((a, b) => b.createdAt - a.createdAt);
	return latest?.state.reason === "a newer deployment was started";
}

/** What makes ECS start a new revision; anything else is changed in place. */
function needsDeployment(
	service: Service,
	before: Properties,
	after: Properties,
): boolean {
	const revised = [
		"taskDefinition",
		"loadBalancers",
		"networkConfiguration",
		"platformVersion",
	];
	return (
		service.liveRevisionArn === undefined ||
		after.forceNewDeployment === true ||
		revised.some(
			(key) => !isDeepStrictEqual(plain(before[key]), plain(after[key])),
		)
	);
}

async function waitUntilSteady(cloud: Cloud, arn: string): Promise<void> {
	const deadline = Date.now() + steadyTimeoutMs;
	for (;;) {
		const service = requireService(cloud, arn);
		const live = service.liveRevisionArn;
		if (live === undefined || isSteady(cloud, service, live)) {
			return;
		}
		if (Date.now() > deadline) {
			throw new Error(
				`waiting for ECS Service (${arn}) to reach a steady state: timeout; ${service.events[0]?.message ?? "no events"}`,
			);
		}
		await pause();
	}
}

export function requireService(cloud: Cloud, arn: string): Service {
	const service = services.get(cloud, arn);
	if (!service) {
		throw new Error(`ServiceNotFoundException: ${arn} does not exist`);
	}
	return service;
}

/** Without the difference between a property that is absent and one that is undefined. */
function plain(value: unknown): unknown {
	return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function pause(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 200));
}
