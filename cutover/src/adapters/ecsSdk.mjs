// Plain JavaScript with declarations of its own (ecsSdk.d.mts), for the same reason as rdsSdk.mjs.
export {
	ContinueServiceDeploymentCommand,
	DescribeServiceDeploymentsCommand,
	DescribeServiceRevisionsCommand,
	DescribeTaskDefinitionCommand,
	DescribeTasksCommand,
	ECSClient,
	ListServiceDeploymentsCommand,
	ListTasksCommand,
	RunTaskCommand,
	StopTaskCommand,
} from "@aws-sdk/client-ecs";
