import { balancingOf } from "../elb/balancing.ts";
import type { Cloud } from "../handler.ts";
import {
	type Revision,
	revisions,
	type Service,
	type Task,
	tasks,
} from "./model.ts";
import { serviceInputs } from "./serviceInputs.ts";

/** Tasks of a revision that have not stopped. */
export function tasksOf(cloud: Cloud, revisionArn: string): readonly Task[] {
	return tasks
		.list(cloud)
		.filter(
			(task) =>
				task.revisionArn === revisionArn && task.lastStatus !== "STOPPED",
		);
}

/** Whether a revision has exactly the wanted tasks, all running and, behind a load balancer, healthy. */
export function isSteady(
	cloud: Cloud,
	service: Service,
	revisionArn: string,
): boolean {
	const revision = revisions.get(cloud, revisionArn);
	const present = tasksOf(cloud, revisionArn);
	return (
		revision !== undefined &&
		present.length === (service.wanted[revisionArn] ?? 0) &&
		present.every((task) => isHealthy(task, revision, service, cloud))
	);
}

/** Whether at least one task of a revision can be sent requests. */
export function hasHealthyTask(
	cloud: Cloud,
	service: Service,
	revisionArn: string,
): boolean {
	const revision = revisions.get(cloud, revisionArn);
	return (
		revision !== undefined &&
		tasksOf(cloud, revisionArn).some((task) =>
			isHealthy(task, revision, service, cloud),
		)
	);
}

/** Why a task ended, with its exit code and what it said last. */
export function describeEnd(task: Task): string {
	const exits = task.containers
		.filter(({ exitCode }) => exitCode !== undefined)
		.map(({ name, exitCode }) => `${name} exited with ${exitCode}`);
	return [
		task.stoppedReason ?? "unknown",
		...exits,
		...(task.lastLines?.length
			? [`last log lines: ${task.lastLines.join(" | ")}`]
			: []),
	].join("; ");
}

export function isHealthy(
	task: Task,
	revision: Revision,
	service: Service,
	cloud: Cloud,
): boolean {
	if (task.lastStatus !== "RUNNING") {
		return false;
	}
	const port = servingPort(task, service);
	if (!revision.targetGroupArn || port === undefined) {
		return true;
	}
	const group = revision.targetGroupArn;
	return balancingOf(cloud).targetState(group, "127.0.0.1", port) === "healthy";
}

export function servingPort(task: Task, service: Service): number | undefined {
	const name = serviceInputs(service.inputs).loadBalancer?.containerName;
	return task.containers.find((container) => container.name === name)?.port;
}
