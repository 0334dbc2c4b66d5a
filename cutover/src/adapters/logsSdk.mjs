// Plain JavaScript with declarations of its own (logsSdk.d.mts), for the same reason as rdsSdk.mjs.
export {
	CloudWatchLogsClient,
	GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
