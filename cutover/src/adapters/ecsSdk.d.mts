/** What is used of `@aws-sdk/client-ecs`; names and shapes are its own. */

import type { RequestLimits } from "@trusted-login/golive/aws";

/** A command that is answered by an `Answer`. */
interface EcsCommand<Answer> {
	/** Never set: it only ties the answer to the command. */
	readonly answer?: Answer;
}

interface EcsCommandClass<Input, Answer> {
	new (input: Input): EcsCommand<Answer>;
}

export class ECSClient {
	constructor(config: { readonly requestHandler: RequestLimits });
	send<Answer>(command: EcsCommand<Answer>): Promise<Answer>;
}

export const ListTasksCommand: EcsCommandClass<
	{
		readonly cluster: string;
		readonly family: string;
		readonly desiredStatus: "RUNNING" | "PENDING" | "STOPPED";
	},
	{ readonly taskArns?: string[] }
>;

export const DescribeTasksCommand: EcsCommandClass<
	{ readonly cluster: string; readonly tasks: string[] },
	{
		readonly tasks?: readonly {
			readonly taskArn?: string;
			readonly taskDefinitionArn?: string;
			readonly lastStatus?: string;
			readonly stoppedReason?: string;
			readonly containers?: readonly { readonly exitCode?: number }[];
		}[];
	}
>;

export const RunTaskCommand: EcsCommandClass<
	{
		readonly cluster: string;
		readonly taskDefinition: string;
		readonly launchType: "FARGATE" | "EC2" | "EXTERNAL";
		readonly count: number;
		readonly startedBy: string;
		readonly networkConfiguration: {
			readonly awsvpcConfiguration: {
				readonly subnets: string[];
				readonly securityGroups: string[];
				readonly assignPublicIp: "ENABLED" | "DISABLED";
			};
		};
	},
	{
		readonly tasks?: readonly { readonly taskArn?: string }[];
		readonly failures?: readonly {
			readonly reason?: string;
			readonly detail?: string;
		}[];
	}
>;

export const StopTaskCommand: EcsCommandClass<
	{ readonly cluster: string; readonly task: string; readonly reason: string },
	unknown
>;

export const DescribeTaskDefinitionCommand: EcsCommandClass<
	{ readonly taskDefinition: string },
	{
		readonly taskDefinition?: {
			readonly containerDefinitions?: readonly {
				readonly name?: string;
				readonly logConfiguration?: {
					readonly options?: Readonly<Record<string, string>>;
				};
			}[];
		};
	}
>;

export const ContinueServiceDeploymentCommand: EcsCommandClass<
	{
		readonly serviceDeploymentArn: string;
		readonly hookId: string;
		readonly action: "CONTINUE" | "ROLLBACK";
	},
	unknown
>;

export const ListServiceDeploymentsCommand: EcsCommandClass<
	{ readonly cluster: string; readonly service: string },
	{
		readonly serviceDeployments?: {
			readonly serviceDeploymentArn?: string;
			readonly createdAt?: Date;
		}[];
	}
>;

export const DescribeServiceDeploymentsCommand: EcsCommandClass<
	{ readonly serviceDeploymentArns: string[] },
	{
		readonly serviceDeployments?: readonly {
			readonly serviceDeploymentArn?: string;
			readonly status?: string;
			readonly statusReason?: string;
			readonly createdAt?: Date;
			readonly targetServiceRevision?: { readonly arn?: string };
			readonly lifecycleHookDetails?: readonly {
				readonly hookId?: string;
				readonly status?: string;
			}[];
		}[];
	}
>;

export const DescribeServiceRevisionsCommand: EcsCommandClass<
	{ readonly serviceRevisionArns: string[] },
	{
		readonly serviceRevisions?: readonly {
			readonly serviceRevisionArn?: string;
			readonly taskDefinition?: string;
		}[];
	}
>;
