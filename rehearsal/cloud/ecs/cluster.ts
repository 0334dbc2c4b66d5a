import type { Cloud, Properties, ResourceHandler } from "../handler.ts";
import { withTags } from "../remember.ts";
import { ecsArn, type Task, tasks } from "./model.ts";
import { reapTasks, stopTask } from "./tasks.ts";

export const clusterType = "aws:ecs/cluster:Cluster";

/** A cluster: a name that tasks belong to. */
export const clusterHandler: ResourceHandler = {
	replaceOn: ["name"],
	async create({ inputs, autoName }, cloud) {
		const name = typeof inputs.name === "string" ? inputs.name : autoName();
		const arn = ecsArn(cloud, `cluster/${name}`);
		return { id: arn, outputs: withTags({ ...inputs, name, arn }) };
	},
	async read(_id, outputs) {
		return outputs;
	},
	async update({ inputs, outputs }) {
		return withTags({ ...inputs, name: outputs.name, arn: outputs.arn });
	},
	async delete(id, _outputs, cloud) {
		const service = tasks
			.list(cloud)
			.find(
				(task) =>
					task.clusterArn === id &&
					task.lastStatus !== "STOPPED" &&
					task.group.startsWith("service:"),
			);
		if (service) {
			throw new Error(
				`ClusterContainsServicesException: the cluster cannot be deleted while services are active (${service.group})`,
			);
		}
		await endJobs(id, "the cluster was deleted", cloud);
		for (const task of tasks.list(cloud)) {
			if (task.clusterArn === id) {
				tasks.remove(cloud, task.arn);
			}
		}
	},
	async revive(id, _outputs, cloud) {
		await reapTasks(cloud, (task) => task.clusterArn === id);
	},
	async suspend(id, _outputs, cloud) {
		await endJobs(id, "the laptop cloud was shut down", cloud);
	},
};

/** The ARN of a cluster given by name or ARN (default: `default`), if there is one. */
export function findCluster(
	cloud: Cloud,
	nameOrArn: unknown,
): string | undefined {
	const given = typeof nameOrArn === "string" ? nameOrArn : "default";
	return cloud.resources.find(
		clusterType,
		({ id, outputs }: { id: string; outputs: Properties }) =>
			id === given || outputs.name === given,
	)?.id;
}

async function endJobs(
	clusterArn: string,
	stoppedReason: string,
	cloud: Cloud,
): Promise<void> {
	const isJob = (task: Task) =>
		task.clusterArn === clusterArn && task.lastStatus !== "STOPPED";
	await Promise.all(
		tasks
			.list(cloud)
			.filter(isJob)
			.map(({ arn }) =>
				stopTask(arn, { stopCode: "UserInitiated", stoppedReason }, cloud),
			),
	);
}
