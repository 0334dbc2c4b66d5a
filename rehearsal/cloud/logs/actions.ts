import { existsSync } from "node:fs";
import { type ApiAction, ApiError } from "../apiError.ts";
import type { Cloud, Properties } from "../handler.ts";
import { numberOf, stringOf, stringsOf } from "../properties.ts";
import { type LogEvent, listStreams, readEvents } from "./events.ts";
import { logStreamFile } from "./files.ts";
import { logGroupType } from "./handlers.ts";

/** The actions of CloudWatch Logs that programs of the migration use. */
export const logsActions: Readonly<Record<string, ApiAction>> = {
	async DescribeLogStreams(input, cloud) {
		const group = requireGroup(input, cloud);
		const prefix = stringOf(input, "logStreamNamePrefix") ?? "";
		return {
			logStreams: listStreams(cloud.root, group)
				.filter((stream) => stream.name.startsWith(prefix))
				.slice(0, numberOf(input, "limit") ?? 50)
				.map((stream) => ({
					logStreamName: stream.name,
					creationTime: stream.createdAt,
					firstEventTimestamp: stream.createdAt,
					lastEventTimestamp: stream.lastEventAt,
					lastIngestionTime: stream.lastEventAt,
					storedBytes: stream.bytes,
				})),
		};
	},

	/** Tokens are line numbers: `f/<next line>` forward, `b/<first line>` backward; the same token again is the end. */
	async GetLogEvents(input, cloud) {
		const group = requireGroup(input, cloud);
		const stream = stringOf(input, "logStreamName") ?? "";
		if (!existsSync(logStreamFile(cloud.root, group, stream)))
			throw new ApiError(
				"ResourceNotFoundException",
				"The specified log stream does not exist.",
			);
		const all = within(input, readEvents(cloud.root, group, stream));
		const limit = numberOf(input, "limit") ?? 10_000;
		const token = /^([fb])\/(\d+)$/.exec(stringOf(input, "nextToken") ?? "");
		const position = Number(token?.[2] ?? 0);
		const fromStart = token?.[1] === "f" || input.startFromHead === true;
		const from =
			token === null && !fromStart
				? Math.max(0, all.length - limit)
				: token?.[1] === "b"
					? Math.max(0, position - limit)
					: position;
		const to =
			token?.[1] === "b" ? position : Math.min(all.length, from + limit);
		return {
			events: all.slice(from, to).map(({ timestamp, message }) => ({
				timestamp,
				message,
				ingestionTime: timestamp,
			})),
			nextForwardToken: `f/${to}`,
			nextBackwardToken: `b/${from}`,
		};
	},

	async FilterLogEvents(input, cloud) {
		const group = requireGroup(input, cloud);
		const pattern = (stringOf(input, "filterPattern") ?? "").replaceAll(
			'"',
			"",
		);
		const named = stringsOf(input, "logStreamNames");
		const prefix = stringOf(input, "logStreamNamePrefix") ?? "";
		const found = listStreams(cloud.root, group)
			.filter(({ name }) => named.length === 0 || named.includes(name))
			.filter(({ name }) => name.startsWith(prefix))
			.flatMap(({ name }) => readEvents(cloud.root, group, name))
			.filter(({ message }) => message.includes(pattern))
			.sort((a, b) => a.timestamp - b.timestamp);
		const events = within(input, found);
		const limit = numberOf(input, "limit") ?? 10_000;
		const from = Number(stringOf(input, "nextToken") ?? 0);
		const more = from + limit < events.length;
		return {
			events: events.slice(from, from + limit).map((event, index) => ({
				eventId: `${from + index}`.padStart(20, "0"),
				logStreamName: event.stream,
				timestamp: event.timestamp,
				ingestionTime: event.timestamp,
				message: event.message,
			})),
			...(more ? { nextToken: `${from + limit}` } : {}),
		};
	},
};

function within(
	input: Properties,
	events: readonly LogEvent[],
): readonly LogEvent[] {
	const from = numberOf(input, "startTime") ?? 0;
	const to = numberOf(input, "endTime") ?? Number.POSITIVE_INFINITY;
	return events.filter((e) => e.timestamp >= from && e.timestamp < to);
}

function requireGroup(input: Properties, cloud: Cloud): string {
	const group = stringOf(input, "logGroupName");
	if (
		group === undefined ||
		cloud.resources.get(logGroupType, group) === undefined
	)
		throw new ApiError(
			"ResourceNotFoundException",
			"The specified log group does not exist.",
		);
	return group;
}
