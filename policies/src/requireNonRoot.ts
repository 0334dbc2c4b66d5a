import type { ResourceValidationPolicy } from "@pulumi/policy";
import { describe, type Finding, quote } from "./finding.ts";
import { notYetKnown, valueAt } from "./inputs.ts";
import { defineRule } from "./rule.ts";
import {
	type Container,
	findInContainers,
	runsContainers,
	type Workload,
} from "./workloads.ts";

/** Whoever breaks out of a container of root's is root on the host. */
export function requireNonRoot(): ResourceValidationPolicy {
	return defineRule({
		name: "require-non-root",
		description: "Containers run as an unprivileged user.",
		types: runsContainers,
		defaults: {},
		schema: {},
		find: (resource) =>
			findInContainers(resource, (container, workload) => [
				...(workload.platform === "ecs"
					? findRootOnEcs(container)
					: findRootInPod(container, workload)),
				...findPrivileged(container, workload),
			]),
	});
}

function findRootOnEcs({ name, spec }: Container): Finding[] {
	const { user } = spec;
	if (user === notYetKnown) return [];
	const isSet = typeof user === "string" && user !== "";
	return isSet && !isRoot(user)
		? []
		: [
				{
					expected: `container ${name} with a user other than root`,
					actual: quote(user),
					fix: 'set user to the image\'s unprivileged user, such as "1000:1000"',
				},
			];
}

/** `user`, `uid`, or either with a group. */
const isRoot = (user: string): boolean =>
	/^(root|0+)$/.test(user.split(":")[0] ?? "");

function findRootInPod(
	{ name, spec }: Container,
	{ pod }: Workload,
): Finding[] {
	// What the container says wins over what its pod says.
	const context = (property: string) =>
		valueAt(spec, "securityContext", property) ??
		valueAt(pod, "securityContext", property);
	const isNonRoot = context("runAsNonRoot");
	const user = context("runAsUser");
	return [
		...(isNonRoot === true || isNonRoot === notYetKnown
			? []
			: [
					{
						expected: `container ${name} with securityContext.runAsNonRoot true`,
						actual: describe(isNonRoot),
						fix: "set securityContext.runAsNonRoot: true of the pod or the container",
					},
				]),
		...(user === 0
			? [
					{
						expected: `container ${name} with a securityContext.runAsUser other than 0`,
						actual: "0",
						fix: "set runAsUser to an unprivileged user, or leave it to the image",
					},
				]
			: []),
	];
}

function findPrivileged(
	{ name, spec }: Container,
	{ platform }: Workload,
): Finding[] {
	const path =
		platform === "ecs" ? ["privileged"] : ["securityContext", "privileged"];
	return valueAt(spec, ...path) !== true
		? []
		: [
				{
					expected: `container ${name} without ${path.join(".")}`,
					actual: "true",
					fix: `leave ${path.join(".")} out: it gives the container the host's own devices`,
				},
			];
}
