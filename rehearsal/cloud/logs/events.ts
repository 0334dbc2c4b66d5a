import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { logGroupFolder, logStreamFile } from "./files.ts";

export interface LogEvent {
	readonly stream: string;
	/** Milliseconds since 1970. */
	readonly timestamp: number;
	readonly message: string;
}

export interface LogStream {
	readonly name: string;
	readonly createdAt: number;
	readonly lastEventAt: number;
	readonly bytes: number;
}

/** The streams of a group, newest event first. */
export function listStreams(root: string, group: string): readonly LogStream[] {
	const folder = logGroupFolder(root, group);
	return walk(folder)
		.map((file) => {
			const stat = statSync(file);
			return {
				name: relative(folder, file).replace(/\.log$/, ""),
				createdAt: Math.floor(stat.birthtimeMs),
				lastEventAt: Math.floor(stat.mtimeMs),
				bytes: stat.size,
			};
		})
		.sort((a, b) => b.lastEventAt - a.lastEventAt);
}

/**
 * The events of a stream in order. A line's own time counts where it begins with one (ISO 8601, or a JSON line's
 * `time`); lines without follow the one before them.
 */
export function readEvents(
	root: string,
	group: string,
	stream: string,
): readonly LogEvent[] {
	const file = logStreamFile(root, group, stream);
	let timestamp = Math.floor(statSync(file).birthtimeMs);
	return readFileSync(file, "utf8")
		.split("\n")
		.filter((line) => line !== "")
		.map((message) => {
			timestamp = Math.max(timestamp, timeOf(message) ?? timestamp);
			return { stream, timestamp, message };
		});
}

function timeOf(line: string): number | undefined {
	const text = /^(?:\{.*"time":\s*")?(\d{4}-\d\d-\d\dT[\d:.]+Z)/.exec(
		line,
	)?.[1];
	const time = text === undefined ? Number.NaN : Date.parse(text);
	return Number.isNaN(time) ? undefined : time;
}

function walk(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return walk(path);
		return entry.name.endsWith(".log") ? [path] : [];
	});
}
