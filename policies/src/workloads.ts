import { describe, type Finding } from "./finding.ts";
import { type Inputs, isRecord, notYetKnown, valueAt } from "./inputs.ts";
import type { RuleResource } from "./rule.ts";

export const taskDefinitionType = "aws:ecs/taskDefinition:TaskDefinition";

/** Something that runs containers. */
export interface Workload {
	readonly platform: "ecs" | "kubernetes";
	/** `TaskDefinition`, or the Kubernetes kind. */
	readonly kind: string;
	/** The pod's own spec; of a task nothing. */
	readonly pod: Inputs;
}

export interface Container {
	readonly name: string;
	/** Whether it only prepares the pod and ends. */
	readonly isInit: boolean;
	readonly spec: Inputs;
}

/** Where each Kubernetes kind keeps the spec of its pods. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
	Pod: ["spec"],
	Deployment: ["spec", "template", "spec"],
	Rollout: ["spec", "template", "spec"],
	StatefulSet: ["spec", "template", "spec"],
	DaemonSet: ["spec", "template", "spec"],
	ReplicaSet: ["spec", "template", "spec"],
	ReplicationController: ["spec", "template", "spec"],
	Job: ["spec", "template", "spec"],
	CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** `Deployment` of `kubernetes:apps/v1:Deployment`, also where only a part of it is applied; undefined for other clouds. */
export function kubernetesKind(type: string): string | undefined {
	return /^kubernetes:[^:]+:([A-Za-z]+?)(?:Patch)?$/.exec(type)?.[1];
}

/** Whether a resource of that type runs containers. */
export function runsContainers(type: string): boolean {
	const kind = kubernetesKind(type);
	return (
		type === taskDefinitionType ||
		(kind !== undefined && Object.hasOwn(podPaths, kind))
	);
}

/** Looks at every container of a task definition or a pod; one finding where there is none to look at. */
export function findInContainers(
	resource: RuleResource,
	find: (container: Container, workload: Workload) => readonly Finding[],
): Finding[] {
	const kind = kubernetesKind(resource.type);
	return kind === undefined
		? findInTask(resource, find)
		: findInPod(resource, kind, find);
}

type FindInContainer = Parameters<typeof findInContainers>[1];

function findInTask(resource: RuleResource, find: FindInContainer): Finding[] {
	const json = resource.input("containerDefinitions");
	if (json === notYetKnown) return [];
	const list = typeof json === "string" ? parseJson(json) : undefined;
	const workload = {
		platform: "ecs",
		kind: "TaskDefinition",
		pod: {},
	} as const;
	return findInList(list, false, "containerDefinitions", workload, find);
}

function findInPod(
	resource: RuleResource,
	kind: string,
	find: FindInContainer,
): Finding[] {
	const [input = "", ...rest] = podPaths[kind] ?? [];
	const spec = resource.input(input);
	// A rollout may borrow its pods from a Deployment, which is judged by itself.
	if (kind === "Rollout" && isRecord(valueAt(spec, "workloadRef"))) return [];
	const pod = valueAt(spec, ...rest);
	if (pod === notYetKnown) return [];
	const workload: Workload = {
		platform: "kubernetes",
		kind,
		pod: isRecord(pod) ? pod : {},
	};
	const { containers, initContainers } = workload.pod;
	return [
		...findInList(containers, false, "containers", workload, find),
		...(initContainers === undefined || initContainers === null
			? []
			: findInList(initContainers, true, "initContainers", workload, find)),
	];
}

function findInList(
	list: unknown,
	isInit: boolean,
	property: string,
	workload: Workload,
	find: FindInContainer,
): Finding[] {
	if (list === notYetKnown) return [];
	if (!Array.isArray(list) || list.length === 0) {
		return [
			{
				expected: `${property} with one container at least`,
				actual: describe(list),
				fix: "declare the containers",
			},
		];
	}
	return list
		.filter((spec) => spec !== notYetKnown)
		.flatMap((spec: unknown) =>
			isRecord(spec)
				? find({ name: nameOf(spec), isInit, spec }, workload)
				: [
						{
							expected: `${property} to be a list of containers`,
							actual: describe(spec),
							fix: "declare the containers",
						},
					],
		);
}

const nameOf = (spec: Inputs): string =>
	typeof spec.name === "string" ? spec.name : "without a name";

/** @returns undefined when it is no JSON. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
