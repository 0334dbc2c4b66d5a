import { z } from "zod";
import { type ApiAction, ApiError } from "../apiError.ts";
import type { Cloud } from "../handler.ts";
import { answerAll, names, parse, requireCluster } from "./apiInput.ts";
import { send } from "./deployment.ts";
import {
	describeDeployment,
	describeDeploymentBrief,
	describeRevision,
	describeService,
} from "./describe.ts";
import { awaitedHook, canRollBack } from "./lifecycle.ts";
import {
	type Deployment,
	deployments,
	revisions,
	type Service,
	services,
} from "./model.ts";

const deploymentStatus = z.object({ status: z.array(z.string()).optional() });

/** What the service answers about services and their deployments. */
export const serviceActions: Readonly<Record<string, ApiAction>> = {
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
