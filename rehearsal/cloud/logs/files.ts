import { join } from "node:path";

/**
 * Where the laptop cloud keeps the lines of a log stream: plain text, one event per line.
 * @throws for names that the service refuses, so that no name leads out of the folder.
 */
export function logStreamFile(
	root: string,
	group: string,
	stream: string,
): string {
	return join(logGroupFolder(root, group), `${safe(stream)}.log`);
}

export function logGroupFolder(root: string, group: string): string {
	if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(group))
		throw new Error(
			`InvalidParameterException: '${group}' is not a name for a log group`,
		);
	return join(root, "logs", safe(group));
}

function safe(name: string): string {
	if (name.split("/").includes("..") || /[:*\0]/.test(name) || name === "")
		throw new Error(
			`InvalidParameterException: '${name}' is not a name for a log stream`,
		);
	return name.replace(/^\/+/, "");
}
