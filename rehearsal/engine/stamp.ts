import { statSync } from "node:fs";

/** Tells one state of a file from another without reading it; undefined when there is no such file. */
export function stamp(path: string): string | undefined {
	const stats = statSync(path, { throwIfNoEntry: false });
	return stats && `${stats.size} ${stats.mtimeMs}`;
}
