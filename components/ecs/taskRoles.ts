import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";

/** One statement of an IAM policy. */
export interface Statement {
	readonly actions: readonly string[];
	readonly resources: readonly pulumi.Input<string>[];
}

interface TaskRoleArgs {
	readonly repositoryArn: pulumi.Input<string>;
	readonly logGroupArn: pulumi.Input<string>;
	/** Secrets that ECS puts into the container's environment. */
	readonly secretArns: readonly pulumi.Input<string>[];
	/** What the code in the container may do itself. */
	readonly statements: readonly Statement[];
}

/** The roles of a task, and the policies that have to be in place before it starts. */
export interface TaskRoles {
	readonly executionRoleArn: pulumi.Output<string>;
	readonly taskRoleArn: pulumi.Output<string>;
	readonly policies: readonly pulumi.Resource[];
}

/** Declares two roles: one with which ECS starts the task, one for the code in it, each with what it needs and no more. */
export function createTaskRoles(
	name: string,
	args: TaskRoleArgs,
	parent: pulumi.Resource,
): TaskRoles {
	const execution = createRole(
		`${name}-execution`,
		"ecs-tasks.amazonaws.com",
		parent,
	);
	const task = createRole(`${name}-task`, "ecs-tasks.amazonaws.com", parent);
	const policies = [
		createPolicy(
			`${name}-execution`,
			execution,
			executionStatements(args),
			parent,
		),
	];
	if (args.statements.length > 0) {
		policies.push(createPolicy(`${name}-task`, task, args.statements, parent));
	}
	return {
		executionRoleArn: execution.arn,
		taskRoleArn: task.arn,
		policies,
	};
}

/** Declares a role that one AWS service may take on. */
export function createRole(
	name: string,
	service: string,
	parent: pulumi.Resource,
): Role {
	return new Role(
		name,
		{
			assumeRolePolicy: JSON.stringify({
				Version: "2012-10-17",
				Statement: [
					{
						Effect: "Allow",
						Principal: { Service: service },
						Action: "sts:AssumeRole",
					},
				],
			}),
			tags: { Name: name },
		},
		{ parent },
	);
}

function executionStatements(args: TaskRoleArgs): Statement[] {
	const statements: Statement[] = [
		// The only action here that AWS does not restrict to a repository.
		{ actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
		{
			actions: [
				"ecr:BatchCheckLayerAvailability",
				"ecr:BatchGetImage",
				"ecr:GetDownloadUrlForLayer",
			],
			resources: [args.repositoryArn],
		},
		{
			actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
			resources: [pulumi.interpolate`${args.logGroupArn}:*`],
		},
	];
	return args.secretArns.length === 0
		? statements
		: [
				...statements,
				{
					actions: ["secretsmanager:GetSecretValue"],
					resources: args.secretArns,
				},
			];
}

function createPolicy(
	name: string,
	role: Role,
	statements: readonly Statement[],
	parent: pulumi.Resource,
): RolePolicy {
	return new RolePolicy(
		name,
		{
			role: role.name,
			policy: pulumi.jsonStringify({
				Version: "2012-10-17",
				Statement: statements.map(({ actions, resources }) => ({
					Effect: "Allow",
					Action: [...actions],
					Resource: [...resources],
				})),
			}),
		},
		{ parent },
	);
}
