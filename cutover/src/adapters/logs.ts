import { requestLimits } from "@trusted-login/golive/aws";

/** A log that grows while it is read. */
export interface LogReader {
	/** The lines that came since the last call; none while the log does not exist. */
	next(): Promise<readonly string[]>;
}

/** Reads one stream of a CloudWatch log group from its beginning. */
export async function readLog(
	group: string,
	stream: string,
): Promise<LogReader> {
	const { CloudWatchLogsClient, GetLogEventsCommand } = await import(
		"./logsSdk.mjs"
	);
	const client = new CloudWatchLogsClient({ requestHandler: requestLimits });
	let token: string | undefined;
	return {
		async next() {
			const lines: string[] = [];
			for (;;) {
				try {
					const answer = await client.send(
						new GetLogEventsCommand({
							logGroupName: group,
							logStreamName: stream,
							startFromHead: true,
							...(token !== undefined && { nextToken: token }),
						}),
					);
					for (const { message } of answer.events ?? []) {
						lines.push((message ?? "").replace(/\n$/, ""));
					}
					// The same token again means that there is nothing further for now.
					const isEnd =
						answer.nextForwardToken === undefined ||
						answer.nextForwardToken === token;
					token = answer.nextForwardToken ?? token;
					if (isEnd) return lines;
				} catch (error) {
					// The stream is made with the first line.
					if (
						error instanceof Error &&
						error.name === "ResourceNotFoundException"
					) {
						return lines;
					}
					throw error;
				}
			}
		},
	};
}
