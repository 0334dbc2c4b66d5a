import { failures } from "../elb/properties.ts";
import {
	type Cloud,
	PartialFailure,
	type Properties,
	type ResourceHandler,
} from "../handler.ts";
import { withTags } from "../remember.ts";
import { abandonDeployment, resumeDeployment } from "./deployment.ts";
import {
	deployments,
	ecsArn,
	lastPart,
	revisions,
	services,
	tasks,
} from "./model.ts";
import { tasksOf } from "./revisionTasks.ts";
import { unwatchService, watchService } from "./scheduler.ts";
import { deploy, requireService } from "./serviceDeploy.ts";
import { serviceInputs, serviceSchema } from "./serviceInputs.ts";
import { requireCluster, requireParts } from "./serviceParts.ts";
import { reapTasks, stopTask } from "./tasks.ts";

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

function describe(cloud: Cloud, arn: string, inputs: Properties): Properties {
	const { name, clusterArn } = requireService(cloud, arn);
	return withTags({ ...inputs, arn, name, cluster: clusterArn });
}

function pause(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 200));
}
