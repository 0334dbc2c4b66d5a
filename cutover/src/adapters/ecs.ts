import { requestLimits } from "@trusted-login/golive/aws";
import type { ECSClient } from "./ecsSdk.mjs";

/** One task to start. */
export interface TaskRequest {
	readonly cluster: string;
	readonly taskDefinition: string;
	readonly subnets: readonly string[];
	readonly securityGroups: readonly string[];
}

/** How a task stands. */
export interface TaskState {
	/** For example PENDING, RUNNING, STOPPED. */
	readonly status: string;
	readonly stoppedReason?: string;
	/** Of the first container that has one. */
	readonly exitCode?: number;
}

/** Where a task's container logs to. */
export interface LogPlace {
	readonly prefix: string;
	readonly container: string;
}

/** A task that has not ended. */
export interface RunningTask {
	readonly arn: string;
	readonly taskDefinition: string;
}

/** The tasks of ECS. */
export interface Tasks {
	/** Tasks of any revision of the definition's family that have not ended. */
	running(
		cluster: string,
		taskDefinition: string,
	): Promise<readonly RunningTask[]>;
	/** Starts one task and answers its ARN. */
	start(request: TaskRequest): Promise<string>;
	/** Undefined as long as the service does not know of the task yet. */
	state(cluster: string, task: string): Promise<TaskState | undefined>;
	stop(cluster: string, task: string, reason: string): Promise<void>;
	/** Where the definition's first container logs to, or undefined when it logs elsewhere. */
	logPlace(taskDefinition: string): Promise<LogPlace | undefined>;
}

/** One blue/green deployment of a service. */
export interface Deployment {
	readonly arn: string;
	readonly taskDefinition: string;
	readonly status: string;
	readonly reason?: string;
	readonly createdAt: number;
	/** The hook that waits for an answer now. */
	readonly awaitedHook?: string;
}

/** The deployments of ECS services. */
export interface Deployments {
	/** Newest first; empty while the service does not exist. */
	list(cluster: string, service: string): Promise<readonly Deployment[]>;
	answer(
		deployment: string,
		hook: string,
		action: "CONTINUE" | "ROLLBACK",
	): Promise<void>;
}

/** Pause between two questions: short where the service is the laptop's. */
export function pollIntervalMs(): number {
	return (process.env.AWS_ENDPOINT_URL ?? "") === "" ? 3_000 : 300;
}

/** Tasks by the AWS SDK, with region and credentials of the environment. */
export async function ecsTasks(): Promise<Tasks> {
	const sdk = await import("./ecsSdk.mjs");
	const client = new sdk.ECSClient({ requestHandler: requestLimits });
	return {
		async running(cluster, taskDefinition) {
			const { taskArns = [] } = await client.send(
				new sdk.ListTasksCommand({
					cluster,
					family: familyOf(taskDefinition),
					desiredStatus: "RUNNING",
				}),
			);
			if (taskArns.length === 0) return [];
			const { tasks = [] } = await client.send(
				new sdk.DescribeTasksCommand({ cluster, tasks: taskArns }),
			);
			return tasks.flatMap((task) =>
				task.taskArn === undefined || task.taskDefinitionArn === undefined
					? []
					: [{ arn: task.taskArn, taskDefinition: task.taskDefinitionArn }],
			);
		},
		async start(request) {
			const { tasks, failures } = await client.send(
				new sdk.RunTaskCommand({
					cluster: request.cluster,
					taskDefinition: request.taskDefinition,
					launchType: "FARGATE",
					count: 1,
					startedBy: "cutover job run",
					networkConfiguration: {
						awsvpcConfiguration: {
							subnets: [...request.subnets],
							securityGroups: [...request.securityGroups],
							assignPublicIp: "DISABLED",
						},
					},
				}),
			);
			const arn = tasks?.[0]?.taskArn;
			if (arn !== undefined) return arn;
			const failure = failures?.[0];
			throw new Error(
				`ECS did not start the task: ${failure?.reason ?? "no reason given"}${failure?.detail === undefined ? "" : ` (${failure.detail})`}`,
			);
		},
		async state(cluster, task) {
			const { tasks } = await client.send(
				new sdk.DescribeTasksCommand({ cluster, tasks: [task] }),
			);
			const found = tasks?.[0];
			if (found?.lastStatus === undefined) return undefined;
			const exitCode = found.containers?.find(
				(container) => container.exitCode !== undefined,
			)?.exitCode;
			return {
				status: found.lastStatus,
				...(found.stoppedReason !== undefined && {
					stoppedReason: found.stoppedReason,
				}),
				...(exitCode !== undefined && { exitCode }),
			};
		},
		async stop(cluster, task, reason) {
			await client.send(new sdk.StopTaskCommand({ cluster, task, reason }));
		},
		async logPlace(taskDefinition) {
			const answer = await client.send(
				new sdk.DescribeTaskDefinitionCommand({ taskDefinition }),
			);
			const container = answer.taskDefinition?.containerDefinitions?.[0];
			const prefix =
				container?.logConfiguration?.options?.["awslogs-stream-prefix"];
			return container?.name === undefined || prefix === undefined
				? undefined
				: { container: container.name, prefix };
		},
	};
}

/** `arn:aws:ecs:...:task-definition/convert:3` → `convert`. */
export function familyOf(taskDefinition: string): string {
	const name = taskDefinition.split("/").at(-1) ?? taskDefinition;
	return name.replace(/:\d+$/, "");
}

/** Deployments by the AWS SDK. */
export async function ecsDeployments(): Promise<Deployments> {
	const sdk = await import("./ecsSdk.mjs");
	const client = new sdk.ECSClient({ requestHandler: requestLimits });
	return {
		async list(cluster, service) {
			try {
				return await listDeployments(client, cluster, service);
			} catch (error) {
				if (
					error instanceof Error &&
					/^(Service|Cluster)Not(Found|Active)Exception$/.test(error.name)
				) {
					return [];
				}
				throw error;
			}
		},
		async answer(deployment, hook, action) {
			await client.send(
				new sdk.ContinueServiceDeploymentCommand({
					serviceDeploymentArn: deployment,
					hookId: hook,
					action,
				}),
			);
		},
	};
}

/** How many of a service's last deployments are looked at. */
const lookedAt = 10;

async function listDeployments(
	client: ECSClient,
	cluster: string,
	service: string,
): Promise<readonly Deployment[]> {
	const sdk = await import("./ecsSdk.mjs");
	const { serviceDeployments: briefs = [] } = await client.send(
		new sdk.ListServiceDeploymentsCommand({ cluster, service }),
	);
	const arns = briefs
		.toSorted((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0))
		.slice(0, lookedAt)
		.flatMap(({ serviceDeploymentArn: arn }) => (arn ? [arn] : []));
	if (arns.length === 0) return [];
	const { serviceDeployments: full = [] } = await client.send(
		new sdk.DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }),
	);
	const revisionArns = [
		...new Set(full.flatMap((one) => one.targetServiceRevision?.arn ?? [])),
	];
	const { serviceRevisions = [] } =
		revisionArns.length === 0
			? {}
			: await client.send(
					new sdk.DescribeServiceRevisionsCommand({
						serviceRevisionArns: revisionArns,
					}),
				);
	const definitions = new Map(
		serviceRevisions.map((one) => [one.serviceRevisionArn, one.taskDefinition]),
	);
	return full
		.map((one) => {
			const hook = one.lifecycleHookDetails?.find(
				(detail) => detail.status === "AWAITING_ACTION",
			)?.hookId;
			return {
				arn: one.serviceDeploymentArn ?? "",
				taskDefinition: definitions.get(one.targetServiceRevision?.arn) ?? "",
				status: one.status ?? "",
				createdAt: Number(one.createdAt ?? 0),
				...(one.statusReason !== undefined && { reason: one.statusReason }),
				...(hook !== undefined && { awaitedHook: hook }),
			};
		})
		.sort((a, b) => b.createdAt - a.createdAt);
}
