import type { Cloud, Properties } from "../handler.ts";
import { awaitedHook } from "./lifecycle.ts";
import {
	type Deployment,
	definitions,
	deployments,
	lastPart,
	type Revision,
	revisions,
	type Service,
	type Task,
	type TaskDefinition,
} from "./model.ts";
import { tasksOf } from "./revisionTasks.ts";
import { failuresOf } from "./scheduler.ts";
import { serviceInputs } from "./serviceInputs.ts";

/** The shapes that the ECS API gives its answers in: camelCase, times as seconds since 1970. */

export function describeTask(cloud: Cloud, task: Task): Properties {
	const definition = definitions.get(cloud, task.definitionArn);
	return {
		taskArn: task.arn,
		clusterArn: task.clusterArn,
		taskDefinitionArn: task.definitionArn,
		group: task.group,
		startedBy: task.startedBy,
		launchType: "FARGATE",
		platformVersion: "1.4.0",
		platformFamily: "Linux",
		cpu: definition?.cpu,
		memory: definition?.memory,
		overrides: { containerOverrides: [], ...task.overrides },
		lastStatus: task.lastStatus,
		desiredStatus: task.desiredStatus,
		stopCode: task.stopCode,
		stoppedReason: task.stoppedReason,
		createdAt: seconds(task.createdAt),
		startedAt: seconds(task.startedAt),
		stoppingAt: seconds(task.stoppingAt),
		stoppedAt: seconds(task.stoppedAt),
		containers: task.containers.map((container) => ({
			name: container.name,
			image: container.image,
			taskArn: task.arn,
			lastStatus: container.lastStatus,
			exitCode: container.exitCode,
			reason: container.reason,
			networkBindings: [],
			networkInterfaces: [
				{ attachmentId: lastPart(task.arn), privateIpv4Address: "127.0.0.1" },
			],
		})),
		tags: [],
	};
}

export function describeTaskDefinition(definition: TaskDefinition): Properties {
	return {
		taskDefinitionArn: definition.arn,
		family: definition.family,
		revision: definition.revision,
		status: definition.status,
		containerDefinitions: JSON.parse(definition.containerDefinitions),
		cpu: definition.cpu,
		memory: definition.memory,
		networkMode: definition.networkMode,
		compatibilities: ["EC2", "FARGATE"],
		requiresCompatibilities: ["FARGATE"],
		executionRoleArn: definition.executionRoleArn,
		taskRoleArn: definition.taskRoleArn,
		registeredAt: seconds(definition.registeredAt),
		volumes: [],
	};
}

export function describeService(cloud: Cloud, service: Service): Properties {
	const inputs = serviceInputs(service.inputs);
	const current = deployments.get(cloud, service.deploymentArn ?? "");
	const primary = current?.revisionArn ?? service.liveRevisionArn;
	const shown = [primary, current?.sourceRevisionArn]
		.map((arn) => revisions.get(cloud, arn ?? ""))
		.filter((revision) => revision !== undefined);
	const present = Object.keys(service.wanted).flatMap((arn) =>
		tasksOf(cloud, arn),
	);
	return {
		serviceArn: service.arn,
		serviceName: service.name,
		clusterArn: service.clusterArn,
		status: service.status,
		desiredCount: inputs.desiredCount,
		runningCount: running(present),
		pendingCount: present.length - running(present),
		launchType: "FARGATE",
		schedulingStrategy: "REPLICA",
		deploymentController: { type: "ECS" },
		deploymentConfiguration: service.inputs.deploymentConfiguration,
		networkConfiguration: {
			awsvpcConfiguration: service.inputs.networkConfiguration,
		},
		loadBalancers: service.inputs.loadBalancers ?? [],
		healthCheckGracePeriodSeconds: inputs.healthCheckGracePeriodSeconds,
		// As ECS: what the service is asked to run, which during a deployment is the green revision's.
		taskDefinition: shown[0]?.taskDefinition ?? inputs.taskDefinition,
		currentServiceDeployment: service.deploymentArn,
		currentServiceRevisions: shown.map(({ arn }) =>
			summary(cloud, service, arn),
		),
		deployments: shown.map((revision) =>
			describeRevisionOfService(cloud, service, revision, primary),
		),
		events: service.events.map(({ id, createdAt, message }) => ({
			id,
			message,
			createdAt: seconds(createdAt),
		})),
		createdAt: seconds(service.createdAt),
		tags: [],
	};
}

export function describeDeployment(
	cloud: Cloud,
	deployment: Deployment,
	service: Service,
): Properties {
	const { state } = deployment;
	const awaited = awaitedHook(state);
	const active =
		state.status === "IN_PROGRESS" || state.status === "ROLLBACK_IN_PROGRESS";
	return {
		...describeDeploymentBrief(deployment, service),
		updatedAt: seconds(deployment.updatedAt),
		sourceServiceRevisions: deployment.sourceRevisionArn
			? [summary(cloud, service, deployment.sourceRevisionArn)]
			: [],
		targetServiceRevision: summary(cloud, service, deployment.revisionArn),
		lifecycleStage:
			active || state.status === "SUCCESSFUL" ? state.stage : undefined,
		lifecycleHookDetails: state.hooks
			.filter(({ status }) => status !== "PENDING")
			.map((hook) => ({
				hookId: hook.hookId,
				targetType: "PAUSE",
				status: hook.status,
				timeoutAction: hook.timeoutAction,
				expiresAt:
					hook.hookId === awaited?.hookId
						? seconds(deployment.hookExpiresAt)
						: undefined,
			})),
		deploymentConfiguration: service.inputs.deploymentConfiguration,
		rollback: deployment.rollbackStartedAt && {
			reason: state.reason,
			startedAt: seconds(deployment.rollbackStartedAt),
			serviceRevisionArn: deployment.sourceRevisionArn,
		},
		deploymentCircuitBreaker: {
			status: "DISABLED",
			failureCount: 0,
			threshold: 0,
		},
	};
}

export function describeDeploymentBrief(
	deployment: Deployment,
	service: Service,
): Properties {
	return {
		serviceDeploymentArn: deployment.arn,
		serviceArn: deployment.serviceArn,
		clusterArn: service.clusterArn,
		createdAt: seconds(deployment.createdAt),
		startedAt: seconds(deployment.createdAt),
		finishedAt: seconds(deployment.finishedAt),
		targetServiceRevisionArn: deployment.revisionArn,
		status: deployment.state.status,
		statusReason: deployment.state.reason,
	};
}

export function describeRevision(
	revision: Revision,
	service: Service,
): Properties {
	return {
		serviceRevisionArn: revision.arn,
		serviceArn: revision.serviceArn,
		clusterArn: service.clusterArn,
		taskDefinition: revision.taskDefinition,
		launchType: "FARGATE",
		platformVersion: "1.4.0",
		platformFamily: "Linux",
		loadBalancers: service.inputs.loadBalancers ?? [],
		networkConfiguration: {
			awsvpcConfiguration: service.inputs.networkConfiguration,
		},
		createdAt: seconds(revision.createdAt),
		resolvedConfiguration: {
			loadBalancers: revision.targetGroupArn
				? [
						{
							targetGroupArn: revision.targetGroupArn,
							productionListenerRule: serviceInputs(service.inputs).loadBalancer
								?.productionListenerRule,
						},
					]
				: [],
		},
	};
}

function describeRevisionOfService(
	cloud: Cloud,
	service: Service,
	revision: Revision,
	primary: string | undefined,
): Properties {
	const present = tasksOf(cloud, revision.arn);
	const isPrimary = revision.arn === primary;
	const deploying = service.deploymentArn !== undefined;
	return {
		id: `ecs-svc/${lastPart(revision.arn)}`,
		status: isPrimary ? "PRIMARY" : "ACTIVE",
		taskDefinition: revision.taskDefinition,
		desiredCount: service.wanted[revision.arn] ?? 0,
		runningCount: running(present),
		pendingCount: present.length - running(present),
		failedTasks: failuresOf(cloud, service.arn, revision.arn).count,
		launchType: "FARGATE",
		rolloutState: isPrimary && deploying ? "IN_PROGRESS" : "COMPLETED",
		createdAt: seconds(revision.createdAt),
		updatedAt: seconds(revision.createdAt),
	};
}

function summary(
	cloud: Cloud,
	service: Service,
	revisionArn: string,
): Properties {
	const present = tasksOf(cloud, revisionArn);
	return {
		arn: revisionArn,
		requestedTaskCount: service.wanted[revisionArn] ?? 0,
		runningTaskCount: running(present),
		pendingTaskCount: present.length - running(present),
	};
}

function running(present: readonly Task[]): number {
	return present.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
}

function seconds(milliseconds: number | undefined): number | undefined {
	return milliseconds === undefined ? undefined : milliseconds / 1_000;
}
