import { z } from "zod";
import { type ApiAction, ApiError } from "../apiError.ts";
import type { Cloud, Properties } from "../handler.ts";
import { answerAll, names, parse, requireCluster } from "./apiInput.ts";
import { describeTask, describeTaskDefinition } from "./describe.ts";
import { lastPart, type Task, tasks } from "./model.ts";
import { parseOverrides } from "./overrides.ts";
import { findTaskDefinition } from "./taskDefinition.ts";
import { startTask, stopTask } from "./tasks.ts";

/** What the service answers about tasks and their definitions. */
export const taskActions: Readonly<Record<string, ApiAction>> = {
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
};

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
