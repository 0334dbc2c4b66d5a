import { z } from "zod";
import { failures } from "../elb/properties.ts";
import type { Cloud, ResourceHandler } from "../handler.ts";
import { withTags } from "../remember.ts";
import { parseContainers } from "./containers.ts";
import { definitions, ecsArn, type TaskDefinition } from "./model.ts";

const schema = z.looseObject({
	family: z.string().regex(/^[\w-]{1,255}$/),
	containerDefinitions: z.string().superRefine((json, context) => {
		try {
			parseContainers(json);
		} catch (error) {
			context.addIssue(error instanceof Error ? error.message : String(error));
		}
	}),
	cpu: z.coerce.string().default("256"),
	memory: z.coerce.string().default("512"),
	networkMode: z.literal("awsvpc", "FARGATE needs the network mode awsvpc"),
	requiresCompatibilities: z.array(z.literal("FARGATE")).length(1),
	volumes: z
		.array(z.unknown())
		.max(0, "the laptop cloud has no volumes for tasks")
		.default([]),
	executionRoleArn: z.string().optional(),
	taskRoleArn: z.string().optional(),
});

/**
 * A revision of a task definition; every change makes a new one.
 *
 * The real provider's id is the family alone. Here it carries the revision, because during a replacement the laptop
 * remembers the old revision and the new one side by side.
 */
export const taskDefinitionHandler: ResourceHandler = {
	replaceOn: [
		"family",
		"containerDefinitions",
		"cpu",
		"memory",
		"networkMode",
		"requiresCompatibilities",
		"executionRoleArn",
		"taskRoleArn",
		"volumes",
		"runtimePlatform",
		"ephemeralStorage",
	],
	check: (inputs) => failures(schema, inputs),
	async create({ inputs }, cloud) {
		const given = schema.parse(inputs);
		const { family, containerDefinitions, networkMode } = given;
		const revision = nextRevision(cloud, family);
		const arnWithoutRevision = ecsArn(cloud, `task-definition/${family}`);
		const arn = `${arnWithoutRevision}:${revision}`;
		definitions.put(cloud, {
			arn,
			family,
			revision,
			containerDefinitions,
			cpu: given.cpu,
			memory: given.memory,
			networkMode,
			status: "ACTIVE",
			registeredAt: Date.now(),
			executionRoleArn: given.executionRoleArn,
			taskRoleArn: given.taskRoleArn,
		});
		return {
			id: `${family}:${revision}`,
			outputs: withTags({ ...inputs, arn, arnWithoutRevision, revision }),
		};
	},
	async read(_id, outputs, cloud) {
		const definition = definitions.get(cloud, String(outputs.arn));
		return definition?.status === "ACTIVE" ? outputs : undefined;
	},
	async update({ inputs, outputs }) {
		const { arn, arnWithoutRevision, revision } = outputs;
		return withTags({ ...inputs, arn, arnWithoutRevision, revision });
	},
	async delete(_id, outputs, cloud) {
		// Tasks of a service can still be started from a deregistered revision: it stays readable.
		if (outputs.skipDestroy !== true) {
			const status = { status: "INACTIVE" as const };
			definitions.change(cloud, String(outputs.arn), () => status);
		}
	},
};

/** A task definition by ARN, `family:revision`, or `family` for its newest active revision. */
export function findTaskDefinition(
	cloud: Cloud,
	reference: unknown,
): TaskDefinition | undefined {
	const name = String(reference).replace(/^arn:.*:task-definition\//, "");
	const [family = "", revision] = name.split(":");
	const candidates = definitions
		.list(cloud)
		.filter((definition) => definition.family === family);
	return revision === undefined
		? candidates
				.filter(({ status }) => status === "ACTIVE")
				.sort((a, b) => b.revision - a.revision)[0]
		: candidates.find((candidate) => `${candidate.revision}` === revision);
}

/** Numbers are never given twice, not even when a revision was deregistered. */
function nextRevision(cloud: Cloud, family: string): number {
	const used = definitions
		.list(cloud)
		.filter((definition) => definition.family === family)
		.map(({ revision }) => revision);
	return Math.max(0, ...used) + 1;
}

/** @throws when the task definition has no such container, or the container no such port */
export function requireServingContainer(
	definition: TaskDefinition,
	wanted: { readonly containerName: string; readonly containerPort: number },
): void {
	const container = parseContainers(definition.containerDefinitions).find(
		({ name }) => name === wanted.containerName,
	);
	const serves = container?.portMappings.some(
		({ containerPort }) => containerPort === wanted.containerPort,
	);
	if (!serves) {
		throw new Error(
			`InvalidParameterException: the container ${wanted.containerName} did not have a container port ${wanted.containerPort} defined in ${definition.family}:${definition.revision}`,
		);
	}
}
