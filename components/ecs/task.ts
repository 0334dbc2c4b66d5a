import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { TaskDefinition } from "@pulumi/aws/ecs/taskDefinition.js";
import * as pulumi from "@pulumi/pulumi";
import { logGroupName } from "../naming.ts";
import { buildContainer, type SecretReference } from "./container.ts";
import type { PinnedImage } from "./imageRepositories.ts";
import { createTaskRoles, type Statement } from "./taskRoles.ts";

/** Where tasks run and log. */
export interface Placement {
	readonly clusterArn: pulumi.Input<string>;
	readonly clusterName: pulumi.Input<string>;
	readonly vpcId: pulumi.Input<string>;
	readonly vpcCidr: string;
	/** Private subnets: a task needs no address of its own on the internet. */
	readonly subnetIds: pulumi.Input<string>[];
	readonly region: string;
	/** Default in the settings; older log lines go. */
	readonly logRetentionDays: number;
}

/** One task of one container. */
export interface TaskArgs {
	readonly placement: Placement;
	readonly image: PinnedImage;
	readonly command?: readonly string[];
	readonly port?: number;
	readonly cpu: number;
	readonly memoryMb: number;
	readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
	readonly secrets: Readonly<Record<string, SecretReference>>;
	readonly statements: readonly Statement[];
	/** An EFS file system and the folder where the container sees it, read-only. */
	readonly files?: { readonly fileSystemId: string; readonly path: string };
}

/** A task definition that can be started as soon as `ready` is there. */
export interface Task {
	readonly definitionArn: pulumi.Output<string>;
	readonly logGroup: pulumi.Output<string>;
	readonly ready: readonly pulumi.Resource[];
}

/** Declares log group, roles and the Fargate task definition. */
export function createTask(
	name: string,
	args: TaskArgs,
	parent: pulumi.Resource,
): Task {
	const logGroup = new LogGroup(
		name,
		{
			name: logGroupName(name),
			retentionInDays: args.placement.logRetentionDays,
			tags: { Name: name },
		},
		{ parent },
	);
	const roles = createTaskRoles(
		name,
		{
			repositoryArn: args.image.repositoryArn,
			logGroupArn: logGroup.arn,
			secretArns: distinctArns(args.secrets),
			statements: args.statements,
		},
		parent,
	);
	const definition = new TaskDefinition(
		name,
		{
			family: name,
			requiresCompatibilities: ["FARGATE"],
			networkMode: "awsvpc",
			cpu: String(args.cpu),
			memory: String(args.memoryMb),
			executionRoleArn: roles.executionRoleArn,
			taskRoleArn: roles.taskRoleArn,
			containerDefinitions: containerDefinitions(name, args, logGroup.name),
			...(args.files ? { volumes: [fileVolume(args.files.fileSystemId)] } : {}),
			// A rollback starts tasks of the revision before this one: it has to stay registered.
			skipDestroy: true,
			tags: { Name: name },
		},
		{ parent },
	);
	return {
		definitionArn: definition.arn,
		logGroup: logGroup.name,
		ready: roles.policies,
	};
}

const FILE_VOLUME = "files";

function containerDefinitions(
	name: string,
	args: TaskArgs,
	logGroup: pulumi.Output<string>,
): pulumi.Output<string> {
	return pulumi
		.all([
			args.image.reference,
			pulumi.output(args.environment),
			pulumi.output(args.secrets),
			logGroup,
		])
		.apply(([image, environment, secrets, group]) =>
			JSON.stringify([
				buildContainer({
					name,
					image,
					...(args.command ? { command: args.command } : {}),
					...(args.port === undefined ? {} : { port: args.port }),
					environment,
					secrets,
					logGroup: group,
					region: args.placement.region,
					...(args.files
						? { mounts: [{ volume: FILE_VOLUME, path: args.files.path }] }
						: {}),
				}),
			]),
		);
}

function fileVolume(fileSystemId: string) {
	return {
		name: FILE_VOLUME,
		efsVolumeConfiguration: { fileSystemId, transitEncryption: "ENABLED" },
	};
}

/** PGUSER and PGPASSWORD are two keys of one secret: one ARN in the policy. */
function distinctArns(
	secrets: Readonly<Record<string, SecretReference>>,
): pulumi.Input<string>[] {
	return [...new Set(Object.values(secrets).map(({ arn }) => arn))];
}
