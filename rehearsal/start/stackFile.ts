import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { project } from "@trusted-login/settings";
import { parseDocument } from "yaml";
import type { Update } from "./updates.ts";

/**
 * The stack file as committed, changed to an earlier phase or to other ports. Written beside the state, never into the
 * checkout.
 * @param portOffset added to every port of the laptop, so that a second one can run beside the first
 */
export function writeStackFile(
	source: string,
	target: string,
	update: Update,
	portOffset: number,
): string {
	const document = parseDocument(readFileSync(source, "utf8"));
	const at = ([key, ...path]: readonly string[]) => [
		"config",
		`${project}:${key}`,
		...path,
	];
	document.setIn(at(["phase"]), update.phase);
	if (update.images)
		document.setIn(at(["images"]), document.createNode(update.images));
	else document.deleteIn(at(["images"]));
	for (const path of portPaths) {
		const port = document.getIn(at(path));
		if (typeof port === "number") document.setIn(at(path), port + portOffset);
	}
	mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
	writeFileSync(target, document.toString(), { mode: 0o600 });
	return target;
}

const portPaths = [
	["edge", "ports", "http"],
	["edge", "ports", "https"],
	["edge", "ports", "test"],
	["database", "port"],
	["legacy", "frontend", "port"],
	["legacy", "api", "port"],
] as const;
