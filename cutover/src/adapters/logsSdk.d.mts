/** What is used of `@aws-sdk/client-cloudwatch-logs`; names and shapes are its own. */

export class GetLogEventsCommand {
	constructor(input: {
		readonly logGroupName: string;
		readonly logStreamName: string;
		readonly startFromHead: boolean;
		readonly nextToken?: string;
	});
}

export class CloudWatchLogsClient {
	constructor(config: Record<string, never>);
	send(command: GetLogEventsCommand): Promise<{
		readonly events?: readonly { readonly message?: string }[];
		readonly nextForwardToken?: string;
	}>;
}
