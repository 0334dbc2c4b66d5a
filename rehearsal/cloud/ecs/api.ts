import { z } from "zod";
import type { Cloud, Properties } from "../handler.ts";
import { ApiError } from "./apiError.ts";
import { findCluster } from "./cluster.ts";
import { send } from "./deployment.ts";
import {
	describeDeployment,
	describeDeploymentBrief,
	describeRevision,
	describeService,
	describeTask,
	describeTaskDefinition,
} from "./describe.ts";
import { awaitedHook, canRollBack } from "./lifecycle.ts";
import {
	type Deployment,
	deployments,
	lastPart,
	revisions,
	type Service,
	services,
	type Task,
	tasks,
} from "./model.ts";
import { parseOverrides } from "./overrides.ts";
import { findTaskDefinition } from "./taskDefinition.ts";
import { startTask, stopTask } from "./tasks.ts";

export { ApiError } from "./apiError.ts";

/** One JSON action: the request's body in, the answer's body out. Throws `ApiError` for what AWS would refuse. */
export type ApiAction = (
	input: Properties,
	cloud: Cloud,
) => Promise<Properties>;

const names = z.array(z.string()).min(1).max(100);
const deploymentStatus = z.object({ status: z.array(z.string()).optional() });

export const ecsActions: Readonly<Record<string, ApiAction>> = {
	async RunTask(input, cloud) {
		const clusterArn = requireCluster(input, cloud);
		const given = parse(
			z.looseObject({
				taskDefinition: z.string(),
				launchType: z.literal("FARGATE", "the laptop cloud runs FARGATE only"),
				count: z.number().int().min(1).max(10).default(1),
				startedBy: z.string().optional(),
				group: z.string().optional(),
				overrides: z.record(z.string(), z.unknown()).default({}),
				networkConfiguration: z.object(
					{
						awsvpcConfiguration: z.looseObject({
							subnets: z.array(z.string()).min(1),
						}),
					},
					"Network Configuration must be provided when networkMode 'awsvpc' is specified.",
				),
			}),
			input,
		);
		const definition = findTaskDefinition(cloud, given.taskDefinition);
		if (definition?.status !== "ACTIVE") {
			throw new ApiError("ClientException", "TaskDefinition is inactive");
		}
		checkOverrides(given.overrides);
		await cloud.faultPoint({
			type: "aws:ecs/taskDefinition:TaskDefinition",
			operation: "run",
			stage: definition.family,
		});
		const started = Array.from({ length: given.count }, () =>
			startTask(
				{
					clusterArn,
					definition,
					group: given.group ?? `family:${definition.family}`,
					startedBy: given.startedBy,
					overrides: given.overrides,
				},
				cloud,
			),
		);
		return {
			tasks: started.map((task) => describeTask(cloud, task)),
			failures: [],
		};
	},

	async DescribeTasks(input, cloud) {
		const clusterArn = requireCluster(input, cloud);
		const given = parse(z.object({ tasks: names }), input);
		return answerAll(
			"tasks",
			given.tasks,
			(id) => findTask(cloud, clusterArn, id),
			(task) => describeTask(cloud, task),
		);
	},

	async ListTasks(input, cloud) {
		const clusterArn = requireCluster(input, cloud);
		const { serviceName, family, desiredStatus } = parse(
			z.looseObject({
				serviceName: z.string().optional(),
				family: z.string().optional(),
				desiredStatus: z.enum(["RUNNING", "STOPPED"]).default("RUNNING"),
			}),
			input,
		);
		const matching = tasks
			.list(cloud)
			.filter(
				(task) =>
					task.clusterArn === clusterArn &&
					task.desiredStatus === desiredStatus &&
					(serviceName === undefined ||
						task.group === `service:${lastPart(serviceName)}`) &&
					(family === undefined ||
						lastPart(task.definitionArn).startsWith(`${family}:`)),
			);
		return { taskArns: matching.map(({ arn }) => arn) };
	},

	async StopTask(input, cloud) {
		const clusterArn = requireCluster(input, cloud);
		const given = parse(
			z.object({
				task: z.string(),
				reason: z.string().default("Task stopped by user"),
			}),
			input,
		);
		const task = findTask(cloud, clusterArn, given.task);
		if (!task) {
			throw new ApiError(
				"InvalidParameterException",
				"The referenced task was not found.",
			);
		}
		const why = { stopCode: "UserInitiated", stoppedReason: given.reason };
		// As the service: it answers when the task has been told, not when it is gone.
		void stopTask(task.arn, why, cloud);
		return { task: describeTask(cloud, tasks.get(cloud, task.arn) ?? task) };
	},

	async DescribeTaskDefinition(input, cloud) {
		const definition = findTaskDefinition(cloud, input.taskDefinition);
		if (!definition) {
			throw new ApiError(
				"ClientException",
				"Unable to describe task definition.",
			);
		}
		return { taskDefinition: describeTaskDefinition(definition), tags: [] };
	},

	async DescribeServices(input, cloud) {
		const clusterArn = requireCluster(input, cloud);
		const given = parse(z.object({ services: names }), input);
		return answerAll(
			"services",
			given.services,
			(name) => findService(cloud, clusterArn, name),
			(service) => describeService(cloud, service),
		);
	},

	async ListServiceDeployments(input, cloud) {
		const clusterArn = requireCluster(input, cloud);
		const service = findService(cloud, clusterArn, String(input.service));
		if (!service) {
			throw new ApiError("ServiceNotFoundException", "Service not found.");
		}
		const { status } = parse(deploymentStatus, input);
		const matching = deployments
			.list(cloud)
			.filter(
				({ serviceArn, state }) =>
					serviceArn === service.arn &&
					(status === undefined || status.includes(state.status)),
			)
			.sort((a, b) => b.createdAt - a.createdAt);
		return {
			serviceDeployments: matching.map((deployment) =>
				describeDeploymentBrief(deployment, service),
			),
		};
	},

	async DescribeServiceDeployments(input, cloud) {
		const given = parse(z.object({ serviceDeploymentArns: names }), input);
		return answerAll(
			"serviceDeployments",
			given.serviceDeploymentArns,
			(arn) => withService(cloud, deployments.get(cloud, arn)),
			([deployment, service]) => describeDeployment(cloud, deployment, service),
		);
	},

	async DescribeServiceRevisions(input, cloud) {
		const given = parse(z.object({ serviceRevisionArns: names }), input);
		return answerAll(
			"serviceRevisions",
			given.serviceRevisionArns,
			(arn) => withService(cloud, revisions.get(cloud, arn)),
			([revision, service]) => describeRevision(revision, service),
		);
	},

	async ContinueServiceDeployment(input, cloud) {
		const { serviceDeploymentArn, hookId, action } = parse(
			z.object({
				serviceDeploymentArn: z.string(),
				hookId: z.string(),
				action: z.enum(["CONTINUE", "ROLLBACK"]).default("CONTINUE"),
			}),
			input,
		);
		const deployment = requireDeployment(cloud, serviceDeploymentArn);
		if (awaitedHook(deployment.state)?.hookId !== hookId) {
			throw new ApiError(
				"InvalidParameterException",
				`The lifecycle hook ${hookId} is not awaiting an action (deployment ${deployment.state.status} at ${deployment.state.stage}).`,
			);
		}
		send(cloud, serviceDeploymentArn, { type: "answered", hookId, action });
		return { serviceDeploymentArn };
	},

	async StopServiceDeployment(input, cloud) {
		const { serviceDeploymentArn } = parse(
			z.object({
				serviceDeploymentArn: z.string(),
				stopType: z
					.literal("ROLLBACK", "the only stop type is ROLLBACK")
					.default("ROLLBACK"),
			}),
			input,
		);
		const { state } = requireDeployment(cloud, serviceDeploymentArn);
		if (!canRollBack(state)) {
			throw new ApiError(
				"ConflictException",
				`The service deployment can no longer be stopped: ${state.status} at ${state.stage}.`,
			);
		}
		send(cloud, serviceDeploymentArn, {
			type: "stop",
			reason: "Service deployment stopped by user.",
		});
		return { serviceDeploymentArn };
	},
};

/** Describes what is found; names in `failures` what is not. */
function answerAll<T>(
	key: string,
	ids: readonly string[],
	find: (id: string) => T | undefined,
	describe: (found: T) => Properties,
): Properties {
	const found: Properties[] = [];
	const failures: Properties[] = [];
	for (const id of ids) {
		const item = find(id);
		if (item === undefined) {
			failures.push({ arn: id, reason: "MISSING" });
		} else {
			found.push(describe(item));
		}
	}
	return { [key]: found, failures };
}

function findTask(
	cloud: Cloud,
	clusterArn: string,
	id: string,
): Task | undefined {
	return tasks
		.list(cloud)
		.find(
			({ arn, clusterArn: cluster }) =>
				cluster === clusterArn && (arn === id || lastPart(arn) === id),
		);
}

function findService(
	cloud: Cloud,
	clusterArn: string,
	nameOrArn: string,
): Service | undefined {
	return services
		.list(cloud)
		.find(
			(service) =>
				service.clusterArn === clusterArn &&
				(service.arn === nameOrArn || service.name === nameOrArn),
		);
}

function withService<T extends { readonly serviceArn: string }>(
	cloud: Cloud,
	item: T | undefined,
): readonly [T, Service] | undefined {
	const service = item && services.get(cloud, item.serviceArn);
	return item && service && [item, service];
}

function requireCluster(input: Properties, cloud: Cloud): string {
	const arn = findCluster(cloud, input.cluster);
	if (arn === undefined) {
		throw new ApiError("ClusterNotFoundException", "Cluster not found.");
	}
	return arn;
}

function requireDeployment(cloud: Cloud, arn: string): Deployment {
	const deployment = deployments.get(cloud, arn);
	if (!deployment) {
		throw new ApiError(
			"ServiceDeploymentNotFoundException",
			`Service deployment ${arn} not found.`,
		);
	}
	return deployment;
}

function checkOverrides(overrides: Properties): void {
	try {
		parseOverrides(overrides);
	} catch (error) {
		throw new ApiError(
			"InvalidParameterException",
			`overrides: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`,
		);
	}
}

function parse<T>(schema: z.ZodType<T>, input: Properties): T {
	const result = schema.safeParse(input);
	if (!result.success) {
		throw new ApiError(
			"InvalidParameterException",
			z.prettifyError(result.error),
		);
	}
	return result.data;
}
