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
import { knownDeployment } from "./stageWork.ts";

/** The real provider's default for create and update. */
const steadyTimeoutMs = 20 * 60_000;
/** Why a deployment goes back that another one takes the place of. */
const replaced = "a newer deployment was started";

/** A deployment that was rolled back or stopped: the service runs what it ran before. */
export class DeploymentFailedError extends Error {
	readonly deploymentArn: string;
	readonly status: string;

	constructor(deployment: Deployment) {
		const { status, reason } = deployment.state;
		super(
			`waiting for ECS Service (${deployment.serviceArn}) to reach a steady state: deployment ${lastPart(deployment.arn)} ended ${status}: ${reason}`,
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
	const { waitForSteadyState, desiredCount } = serviceInputs(inputs);
	let running = requireService(cloud, arn).deploymentArn;
	while (running !== undefined) {
		if (isFor(cloud, running, inputs)) {
			if (!waitForSteadyState) return;
			const joined = await ended(cloud, arn, running);
			if (!wasForsaken(joined)) return requireSuccess(joined);
		} else {
			send(cloud, running, { type: "stop", reason: replaced });
			await ended(cloud, arn, running);
		}
		running = requireService(cloud, arn).deploymentArn;
	}
	const service = requireService(cloud, arn);
	services.change(cloud, arn, () => ({ inputs }));
	if (!needsDeployment(service, inputs)) {
		if (service.liveRevisionArn)
			want(cloud, arn, service.liveRevisionArn, desiredCount);
		if (waitForSteadyState) await waitUntilSteady(cloud, arn);
		return;
	}
	const started = startDeployment(
		cloud,
		{ ...service, inputs },
		{
			operation,
			reconcile: isReplacement(cloud, service),
			...(operation === "update" && { inputsBefore: service.inputs }),
		},
	);
	if (!waitForSteadyState) return;
	requireSuccess(await ended(cloud, arn, started.arn));
}

/** Its hook got no answer: whoever began it died, which is no verdict on what it deploys. */
const wasForsaken = ({ state }: Deployment): boolean =>
	state.hasTimedOut === true;

function requireSuccess(deployment: Deployment): void {
	if (deployment.state.status !== "SUCCESSFUL")
		throw new DeploymentFailedError(deployment);
}

/** @throws when it is not over in the time that the provider waits, or left as it is because the laptop cloud ends. */
async function ended(
	cloud: Cloud,
	serviceArn: string,
	deploymentArn: string,
): Promise<Deployment> {
	const deployment = await settled(cloud, deploymentArn, steadyTimeoutMs);
	if (deployment !== undefined) {
		if (isUnderWay(deployment)) throw new DeploymentFailedError(deployment);
		return deployment;
	}
	throw new Error(
		`waiting for ECS Service (${serviceArn}) to reach a steady state: timeout while waiting for state to become 'tfSTABLE'`,
	);
}

const isUnderWay = ({ state }: Deployment): boolean =>
	state.status.endsWith("IN_PROGRESS");

/** Whether a deployment under way brings the same inputs: its engine died and asks again, so it is joined. */
function isFor(
	cloud: Cloud,
	deploymentArn: string,
	inputs: Properties,
): boolean {
	const { deployment, service } = knownDeployment(cloud, deploymentArn);
	return (
		deployment.state.status === "IN_PROGRESS" &&
		isDeepStrictEqual(plain(service.inputs), plain(inputs))
	);
}

/** Whether the deployment before this one was rolled back for it. */
function isReplacement(cloud: Cloud, service: Service): boolean {
	const [latest] = deployments
		.list(cloud)
		.filter(({ serviceArn }) => serviceArn === service.arn)
		.sort((a, b) => b.createdAt - a.createdAt);
	return latest?.state.reason === replaced;
}

/** What makes ECS start a new revision; anything else is changed in place. */
function needsDeployment(
	{ liveRevisionArn, inputs: before }: Service,
	after: Properties,
): boolean {
	const revised = [
		"taskDefinition",
		"loadBalancers",
		"networkConfiguration",
		"platformVersion",
	];
	return (
		liveRevisionArn === undefined ||
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
