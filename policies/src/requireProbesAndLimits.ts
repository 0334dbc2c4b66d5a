import type { ResourceValidationPolicy } from "@pulumi/policy";
import { describe, type Finding } from "./finding.ts";
import { isRecord, listOf, notYetKnown, valueAt } from "./inputs.ts";
import { defineRule, type RuleResource } from "./rule.ts";
import {
	type Container,
	findInContainers,
	runsContainers,
	taskDefinitionType,
	type Workload,
} from "./workloads.ts";

const targetGroupTypes = [
	"aws:lb/targetGroup:TargetGroup",
	"aws:alb/targetGroup:TargetGroup",
];
const serviceType = "aws:ecs/service:Service";
/** Kinds whose containers run to an end: nobody sends them traffic, so nothing has to ask whether they are ready. */
const endingKinds = ["Job", "CronJob"];

interface Settings {
	readonly ecsContainerHealthChecks: boolean;
}

/**
 * Traffic goes to what answers, and a leak in one container starves no other.
 *
 * On ECS the target group judges a task that listens, so a health check of the container's own is asked for only where
 * the settings say so.
 */
export function requireProbesAndLimits(
	defaults: Settings = { ecsContainerHealthChecks: false },
): ResourceValidationPolicy {
	return defineRule({
		name: "require-probes-and-limits",
		description: "Containers are asked whether they are well, and have limits.",
		types: (type) =>
			runsContainers(type) ||
			type === serviceType ||
			targetGroupTypes.includes(type),
		defaults,
		schema: {
			ecsContainerHealthChecks: {
				type: "boolean",
				description:
					"Whether a container on ECS that listens needs a health check of its own beside the target group's.",
			},
		},
		find: (resource, settings) => {
			if (resource.type === serviceType) return findUnjudgedService(resource);
			if (targetGroupTypes.includes(resource.type)) {
				return findUnjudgedTarget(resource);
			}
			return [
				...(resource.type === taskDefinitionType
					? findUnlimitedTask(resource)
					: []),
				...findInContainers(resource, (container, workload) =>
					workload.platform === "ecs"
						? findInEcsContainer(container, settings)
						: findInPodContainer(container, workload),
				),
			];
		},
	});
}

function findUnjudgedService(resource: RuleResource): Finding[] {
	const loadBalancers = resource.input("loadBalancers");
	return loadBalancers === notYetKnown || listOf(loadBalancers).length > 0
		? []
		: [
				{
					expected: "loadBalancers whose target group asks for the health",
					actual: describe(loadBalancers),
					fix: "put the service behind a target group",
				},
			];
}

function findUnjudgedTarget(resource: RuleResource): Finding[] {
	// A TCP check has no path: there an open port is all that can be asked for.
	const protocol = resource.input("protocol");
	if (protocol !== "HTTP" && protocol !== "HTTPS") return [];
	const path = valueAt(resource.input("healthCheck"), "path");
	return path === notYetKnown || (typeof path === "string" && path !== "")
		? []
		: [
				{
					expected: "healthCheck.path",
					actual: describe(path),
					fix: "name a path that answers 200 only when the service works",
				},
			];
}

function findUnlimitedTask(resource: RuleResource): Finding[] {
	return ["cpu", "memory"].flatMap((name) => {
		const size = resource.input(name);
		const isSet = size === notYetKnown || (isText(size) && Number(size) > 0);
		return isSet
			? []
			: [
					{
						expected: `${name} of the task`,
						actual: describe(size),
						fix: `set ${name}, the limit of all its containers together`,
					},
				];
	});
}

function findInEcsContainer(
	{ name, spec }: Container,
	settings: Settings,
): Finding[] {
	const { healthCheck, portMappings } = spec;
	if (healthCheck === undefined || healthCheck === null) {
		const listens = listOf(portMappings).length > 0;
		return settings.ecsContainerHealthChecks && listens
			? [missingCheck(name, "healthCheck.command", healthCheck)]
			: [];
	}
	const command = listOf(valueAt(healthCheck, "command"));
	return command.length === 0 || command[0] === "NONE"
		? [missingCheck(name, "healthCheck.command", undefined)]
		: [];
}

function findInPodContainer(
	container: Container,
	{ kind }: Workload,
): Finding[] {
	const { name, spec, isInit } = container;
	const probes =
		isInit || endingKinds.includes(kind)
			? []
			: ["readinessProbe", "livenessProbe"]
					.filter((probe) => !isRecord(spec[probe]) && isKnown(spec[probe]))
					.map((probe) => missingCheck(name, probe, spec[probe]));
	const sizes = ["requests", "limits"].flatMap((part) =>
		["cpu", "memory"].map((unit) => ["resources", part, unit] as const),
	);
	return [
		...probes,
		...sizes.flatMap((path) => {
			const size = valueAt(spec, ...path);
			return !isKnown(size) || (isText(size) && size !== "")
				? []
				: [
						{
							expected: `container ${name} with ${path.join(".")}`,
							actual: describe(size),
							fix: `set ${path.join(".")}, so that one container cannot starve the others`,
						},
					];
		}),
	];
}

function missingCheck(
	container: string,
	check: string,
	actual: unknown,
): Finding {
	return {
		expected: `container ${container} with a ${check}`,
		actual: describe(actual),
		fix: `set ${check}, so that traffic goes to what answers`,
	};
}

const isKnown = (value: unknown): boolean => value !== notYetKnown;
const isText = (value: unknown): boolean =>
	typeof value === "string" || typeof value === "number";
