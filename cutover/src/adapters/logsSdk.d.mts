/** What is used of `@aws-sdk/client-cloudwatch-logs`; names and shapes are its own. */

import type { RequestLimits } from "@trusted-login/golive/aws";

export class GetLogEventsCommand {
	constructor(input: {
		readonly logGroupName: string;
		readonly logStreamName: string;
		readonly startFromHead: boolean;
		readonly nextToken?: string;
	});
}

export class CloudWatchLogsClient {
	constructor(config: { readonly requestHandler: RequestLimits });
	send(command: GetLogEventsCommand): Promise<{
		readonly events?: readonly { readonly message?: string }[];
		readonly nextForwardToken?: string;
	}>;
}
