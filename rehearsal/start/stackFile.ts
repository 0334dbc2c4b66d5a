import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Update } from "./updates.ts";

const namespace = "trusted-login";

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
	const document = parse(readFileSync(source, "utf8"));
	const config = document.config;
	config[`${namespace}:phase`] = update.phase;
	if (update.images) config[`${namespace}:images`] = { ...update.images };
	else delete config[`${namespace}:images`];
	shiftPorts(config, portOffset);
	mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
	writeFileSync(target, stringify(document), { mode: 0o600 });
	return target;
}

const ports = z.object({
	config: z.object({
		[`${namespace}:edge`]: z.object({
			frontendDomain: z.string(),
			apiDomain: z.string(),
			ports: z.object({ https: z.number() }),
		}),
	}),
});

/** Names and production port of the load balancer that a stack file describes. */
export function readEdge(file: string): {
	frontendDomain: string;
	apiDomain: string;
	httpsPort: number;
} {
	const edge = ports.parse(parse(readFileSync(file, "utf8"))).config[
		`${namespace}:edge`
	];
	if (edge === undefined)
		throw new Error(`${file}: expected ${namespace}:edge, got nothing`);
	return {
		frontendDomain: edge.frontendDomain,
		apiDomain: edge.apiDomain,
		httpsPort: edge.ports.https,
	};
}

function shiftPorts(
	config: Record<string, { [key: string]: unknown } | undefined>,
	offset: number,
): void {
	const edge = config[`${namespace}:edge`];
	const database = config[`${namespace}:database`];
	const legacy = config[`${namespace}:legacy`];
	if (edge?.ports) edge.ports = shifted(edge.ports, offset);
	if (typeof database?.port === "number") database.port += offset;
	for (const name of ["frontend", "api"])
		if (legacy?.[name]) legacy[name] = shifted(legacy[name], offset);
}

function shifted(record: object, offset: number): object {
	return Object.fromEntries(
		Object.entries(record).map(([name, value]) => [
			name,
			typeof value === "number" ? value + offset : value,
		]),
	);
}
