import type * as pulumi from "@pulumi/pulumi";

/** A secret as a container gets it: the whole value, or one key of a JSON value. */
export interface SecretReference {
	readonly arn: pulumi.Input<string>;
	readonly key?: string;
}

/** A container with every value known, as `buildContainer` takes it. */
export interface ContainerArgs {
	readonly name: string;
	readonly image: string;
	readonly command?: readonly string[];
	/** Left out for a job, which listens nowhere. */
	readonly port?: number;
	readonly environment: Readonly<Record<string, string>>;
	/** Name of the variable to the value that ECS resolves when the task starts. */
	readonly secrets: Readonly<
		Record<string, { readonly arn: string; readonly key?: string }>
	>;
	readonly logGroup: string;
	readonly region: string;
	/** Volume and the folder where it is seen, read-only. */
	readonly mounts?: readonly {
		readonly volume: string;
		readonly path: string;
	}[];
}

/** The unprivileged user `node` of the images. */
const USER = "1000:1000";
/** Seconds that a task has to finish its requests; more than the 30 s for which the target group drains it. */
const STOP_TIMEOUT_SECONDS = 40;
const FIRST_UNPRIVILEGED_PORT = 1024;

/** Builds the JSON form of a container definition: unprivileged, read-only, logging to CloudWatch. */
export function buildContainer(args: ContainerArgs) {
	return {
		name: args.name,
		image: args.image,
		essential: true,
		user: USER,
		readonlyRootFilesystem: true,
		linuxParameters: { initProcessEnabled: true },
		stopTimeout: STOP_TIMEOUT_SECONDS,
		...(args.command ? { command: args.command } : {}),
		...(args.port === undefined ? {} : portDefinition(args.port)),
		...(args.mounts ? { mountPoints: args.mounts.map(mountPoint) } : {}),
		// Sorted: an order that varies would make a new revision, and a deployment, out of nothing.
		environment: sorted(args.environment).map(([name, value]) => ({
			name,
			value,
		})),
		secrets: sorted(args.secrets).map(([name, { arn, key }]) => ({
			name,
			valueFrom: key === undefined ? arn : `${arn}:${key}::`,
		})),
		logConfiguration: {
			logDriver: "awslogs",
			options: {
				"awslogs-group": args.logGroup,
				"awslogs-region": args.region,
				"awslogs-stream-prefix": args.name,
			},
		},
	};
}

function portDefinition(port: number) {
	return {
		portMappings: [{ containerPort: port, hostPort: port, protocol: "tcp" }],
		...(port < FIRST_UNPRIVILEGED_PORT
			? {
					systemControls: [
						{
							namespace: "net.ipv4.ip_unprivileged_port_start",
							value: String(port),
						},
					],
				}
			: {}),
	};
}

function mountPoint(mount: { readonly volume: string; readonly path: string }) {
	return {
		sourceVolume: mount.volume,
		containerPath: mount.path,
		readOnly: true,
	};
}

function sorted<Value>(record: Readonly<Record<string, Value>>) {
	return Object.entries(record).sort(([one], [other]) =>
		one < other ? -1 : 1,
	);
}
