import { isDeepStrictEqual } from "node:util";
import { balancingOf } from "../elb/balancing.ts";
import { failures } from "../elb/properties.ts";
import {
	type Cloud,
	PartialFailure,
	type Properties,
	type ResourceHandler,
} from "../handler.ts";
import { withTags } from "../remember.ts";
import { findCluster } from "./cluster.ts";
import {
	abandonDeployment,
	resumeDeployment,
	send,
	settled,
	startDeployment,
} from "./deployment.ts";
import {
	type Deployment,
	deployments,
	ecsArn,
	lastPart,
	revisions,
	type Service,
	services,
	tasks,
} from "./model.ts";
import {
	isSteady,
	tasksOf,
	unwatchService,
	want,
	watchService,
} from "./scheduler.ts";
import { serviceInputs, serviceSchema } from "./serviceInputs.ts";
import {
	findTaskDefinition,
	requireServingContainer,
} from "./taskDefinition.ts";
import { reapTasks, stopTask } from "./tasks.ts";

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

/**
 * A service whose deployments are blue/green.
 *
 * With `waitForSteadyState`, create and update return when the deployment is over, and fail with its reason unless it
 * ended SUCCESSFUL. The real provider does the same (`ROLLBACK_SUCCESSFUL`, `ROLLBACK_FAILED` and `STOPPED` are errors
 * with the deployment's statusReason), except in one case: a rollback that is over before it looks for the first time
 * can pass for a steady service. A program that must know compares the live revision afterwards. A service whose first
 * deployment failed exists, without tasks, and is deployed to by the next update; one whose update failed keeps the
 * state it had.
 */
export const serviceHandler: ResourceHandler = {
	replaceOn: ["name", "cluster", "launchType", "schedulingStrategy"],
	deleteBeforeReplace: true,
	check: (inputs) => failures(serviceSchema, inputs),
	async create({ urn, inputs, autoName }, cloud) {
		const given = serviceInputs(inputs);
		const clusterArn = requireCluster(cloud, given.cluster);
		requireParts(cloud, inputs);
		const name = given.name ?? autoName();
		const arn = ecsArn(cloud, `service/${lastPart(clusterArn)}/${name}`);
		const existing = services.get(cloud, arn);
		if (existing && existing.urn !== urn) {
			throw new Error(
				"InvalidParameterException: Creation of service was not idempotent.",
			);
		}
		if (!existing) {
			services.put(cloud, {
				arn,
				name,
				clusterArn,
				urn,
				inputs,
				status: "ACTIVE",
				createdAt: Date.now(),
				wanted: {},
				events: [],
			});
			watchService(arn, cloud);
		}
		try {
			// An engine that died while creating the service asks again: it then gets the one it made.
			await deploy(cloud, arn, inputs, existing ? "update" : "create");
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			throw new PartialFailure(message, arn, describe(cloud, arn, inputs));
		}
		return { id: arn, outputs: describe(cloud, arn, inputs) };
	},
	async read(id, outputs, cloud) {
		const service = services.get(cloud, id);
		return (
			service && {
				...outputs,
				taskDefinition:
					revisions.get(cloud, service.liveRevisionArn ?? "")?.taskDefinition ??
					outputs.taskDefinition,
				desiredCount: service.inputs.desiredCount ?? 0,
			}
		);
	},
	async update({ id, inputs }, cloud) {
		requireParts(cloud, inputs);
		await deploy(cloud, id, inputs, "update");
		return describe(cloud, id, inputs);
	},
	async delete(id, _outputs, cloud) {
		await removeService(cloud, id);
	},
	async revive(id, _outputs, cloud) {
		const service = services.get(cloud, id);
		if (!service) {
			return;
		}
		await reapTasks(cloud, (task) => task.group === `service:${service.name}`);
		watchService(id, cloud);
		if (service.deploymentArn) {
			resumeDeployment(cloud, service.deploymentArn);
		}
	},
	async suspend(id, _outputs, cloud) {
		const service = services.get(cloud, id);
		abandonDeployment(service?.deploymentArn ?? "");
		unwatchService(id, cloud);
		const stoppedReason = "the laptop cloud was shut down";
		await Promise.all(
			tasks
				.list(cloud)
				.filter(
					(task) =>
						task.group === `service:${service?.name}` &&
						task.lastStatus !== "STOPPED",
				)
				.map((task) =>
					stopTask(
						task.arn,
						{ stopCode: "UserInitiated", stoppedReason },
						cloud,
					),
				),
		);
	},
};

/** Makes the service what the inputs say, by a deployment where one is needed, and waits for it if asked. */
async function deploy(
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
 * back first.
 */
async function withoutOtherDeployment(
	cloud: Cloud,
	arn: string,
	inputs: Properties,
): Promise<Service> {
	const service = requireService(cloud, arn);
	if (
		service.deploymentArn === undefined ||
		isDeepStrictEqual(plain(service.inputs), plain(inputs))
	) {
		return service;
	}
	send(cloud, service.deploymentArn, {
		type: "stop",
		reason: "a newer deployment was started",
	});
	await settled(cloud, service.deploymentArn, steadyTimeoutMs);
	return requireService(cloud, arn);
}

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

async function removeService(cloud: Cloud, arn: string): Promise<void> {
	const service = services.change(cloud, arn, ({ wanted }) => ({
		status: "DRAINING",
		wanted: Object.fromEntries(
			Object.keys(wanted).map((revision) => [revision, 0]),
		),
	}));
	if (!service) {
		return;
	}
	abandonDeployment(service.deploymentArn ?? "");
	const own = Object.keys(service.wanted);
	while (own.some((revision) => tasksOf(cloud, revision).length > 0)) {
		watchService(arn, cloud);
		await pause();
	}
	unwatchService(arn, cloud);
	services.remove(cloud, arn);
	for (const collection of [deployments, revisions]) {
		for (const item of collection.list(cloud)) {
			if (item.serviceArn === arn) {
				collection.remove(cloud, item.arn);
			}
		}
	}
}

function requireCluster(cloud: Cloud, reference: string): string {
	const arn = findCluster(cloud, reference);
	if (arn === undefined) {
		throw new Error(
			`ClusterNotFoundException: Cluster not found: ${reference}`,
		);
	}
	return arn;
}

function requireService(cloud: Cloud, arn: string): Service {
	const service = services.get(cloud, arn);
	if (!service) {
		throw new Error(`ServiceNotFoundException: ${arn} does not exist`);
	}
	return service;
}

/** @throws when something that the inputs name does not exist */
function requireParts(cloud: Cloud, inputs: Properties): void {
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

function describe(cloud: Cloud, arn: string, inputs: Properties): Properties {
	const { name, clusterArn } = requireService(cloud, arn);
	return withTags({ ...inputs, arn, name, cluster: clusterArn });
}

/** Without the difference between a property that is absent and one that is undefined. */
function plain(value: unknown): unknown {
	return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function pause(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 200));
}
