import { z } from "zod";

/** One container of a task, as the laptop runs it: a process. */
export interface Container {
	readonly name: string;
	readonly image: string;
	readonly essential: boolean;
	readonly entryPoint?: readonly string[] | undefined;
	readonly command: readonly string[];
	readonly environment: readonly Variable[];
	readonly secrets: readonly { name: string; valueFrom: string }[];
	readonly portMappings: readonly { containerPort: number }[];
	readonly logGroup: string;
	readonly logStreamPrefix: string;
	readonly stopTimeoutSeconds: number;
}

export interface Variable {
	readonly name: string;
	readonly value: string;
}

const absent = (what: string) =>
	z
		.array(z.unknown())
		.max(0, `the laptop cloud does not support ${what}`)
		.optional();

const containerSchema = z.strictObject({
	name: z
		.string()
		.regex(
			/^[\w-]{1,255}$/,
			"a container needs a name of letters, digits, _, -",
		),
	image: z.string().min(1),
	essential: z.boolean().default(true),
	entryPoint: z.array(z.string()).min(1).optional(),
	command: z.array(z.string()).default([]),
	environment: z
		.array(z.strictObject({ name: z.string(), value: z.string() }))
		.default([]),
	secrets: z
		.array(z.strictObject({ name: z.string(), valueFrom: z.string() }))
		.default([]),
	portMappings: z
		.array(
			z.looseObject({
				containerPort: z.number().int().min(1).max(65_535),
				protocol: z.literal("tcp").default("tcp"),
			}),
		)
		.default([]),
	logConfiguration: z.strictObject({
		logDriver: z.literal("awslogs", "the laptop cloud writes awslogs only"),
		options: z.looseObject({
			"awslogs-group": z.string().min(1),
			"awslogs-region": z.string().optional(),
			"awslogs-stream-prefix": z.string().min(1),
		}),
	}),
	stopTimeout: z.number().int().min(0).max(120).default(30),
	healthCheck: z
		.undefined(
			"the laptop cloud judges health by the target group: leave healthCheck out",
		)
		.optional(),
	dependsOn: absent("dependsOn"),
	mountPoints: absent("mountPoints"),
	volumesFrom: absent("volumesFrom"),
	// What has no meaning for a process on a laptop, and changes nothing that it could observe.
	cpu: z.number().optional(),
	memory: z.number().optional(),
	memoryReservation: z.number().optional(),
	readonlyRootFilesystem: z.boolean().optional(),
	privileged: z.literal(false).optional(),
	user: z.string().optional(),
	linuxParameters: z.unknown().optional(),
	ulimits: z.unknown().optional(),
	dockerLabels: z.unknown().optional(),
	systemControls: z.unknown().optional(),
	startTimeout: z.number().optional(),
	versionConsistency: z.string().optional(),
});

const containersSchema = z
	.array(containerSchema)
	.min(1, "a task definition needs a container")
	.max(10)
	.superRefine((containers, context) => {
		if (new Set(containers.map(({ name }) => name)).size < containers.length) {
			context.addIssue("container names must be unique");
		}
		if (!containers.some(({ essential }) => essential)) {
			context.addIssue("at least one container must be essential");
		}
	});

/** Container definitions that cannot be run; the message names every bad key. */
export class ContainerDefinitionsError extends Error {
	constructor(message: string) {
		super(`ClientException: container definitions: ${message}`);
		this.name = "ContainerDefinitionsError";
	}
}

/** Reads the JSON of `containerDefinitions`. @throws ContainerDefinitionsError */
export function parseContainers(json: string): readonly Container[] {
	let value: unknown;
	try {
		value = JSON.parse(json);
	} catch {
		throw new ContainerDefinitionsError("expected a JSON array");
	}
	const parsed = containersSchema.safeParse(value);
	if (!parsed.success) {
		const problems = parsed.error.issues.map(({ path, message }) =>
			path.length === 0 ? message : `${path.join(".")}: ${message}`,
		);
		throw new ContainerDefinitionsError(problems.join("; "));
	}
	return parsed.data.map((given) => ({
		name: given.name,
		image: given.image,
		essential: given.essential,
		entryPoint: given.entryPoint,
		command: given.command,
		environment: given.environment,
		secrets: given.secrets,
		portMappings: given.portMappings,
		logGroup: given.logConfiguration.options["awslogs-group"],
		logStreamPrefix: given.logConfiguration.options["awslogs-stream-prefix"],
		stopTimeoutSeconds: given.stopTimeout,
	}));
}
