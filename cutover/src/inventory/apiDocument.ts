import { z } from "zod";
import { RefusedError } from "../errors.ts";
import type { ApiFacts, Endpoint, Successor } from "./facts.ts";
import { byCode } from "./text.ts";

const methods = ["get", "put", "post", "delete", "options", "head", "patch"];

const security = z.array(z.record(z.string(), z.unknown()));

const operation = z.object({
	summary: z.string().optional(),
	deprecated: z.boolean().optional(),
	security: security.optional(),
});

const document = z.object({
	openapi: z.string().optional(),
	swagger: z.string().optional(),
	info: z
		.object({ title: z.string().optional(), version: z.string().optional() })
		.optional(),
	basePath: z.string().optional(),
	servers: z.array(z.object({ url: z.string() })).optional(),
	security: security.optional(),
	paths: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/**
 * The endpoints of an OpenAPI 3 or Swagger 2 document, sorted by path and method.
 *
 * @throws RefusedError when it is no such document.
 */
export function readApi(source: string, given: unknown): ApiFacts {
	const parsed = document.safeParse(given);
	const kind = parsed.data?.openapi ?? parsed.data?.swagger;
	if (!parsed.success || kind === undefined) {
		throw new RefusedError(
			`expected an OpenAPI document at ${source}, got ${described(given)}; give the address of the JSON or YAML document itself, often /openapi.json`,
		);
	}
	const api = parsed.data;
	const prefix = prefixOf(api);
	const endpoints = Object.entries(api.paths).flatMap(([path, item]) =>
		methods.flatMap((method): Endpoint[] => {
			const found = operation.safeParse(item[method]);
			if (!found.success) return [];
			const needed = found.data.security ?? api.security ?? [];
			return [
				{
					method: method.toUpperCase(),
					path: `${prefix}${path}`,
					summary: found.data.summary ?? "",
					isDeprecated: found.data.deprecated ?? false,
					// An empty requirement among others makes signing in a choice.
					needsSignIn:
						needed.length > 0 &&
						needed.every((one) => Object.keys(one).length > 0),
				},
			];
		}),
	);
	return {
		source,
		title: api.info?.title ?? "",
		version: api.info?.version ?? "",
		specification: `${api.openapi === undefined ? "Swagger" : "OpenAPI"} ${kind}`,
		endpoints: endpoints.toSorted(
			(one, other) =>
				byCode(one.path, other.path) || byCode(one.method, other.method),
		),
		successors: null,
	};
}

/**
 * Which endpoint of the new system takes over from each of the legacy one: the same path in the highest version of the
 * API that is not deprecated, whatever its parameters are called.
 */
export function findSuccessors(
	legacy: readonly Endpoint[],
	current: readonly Endpoint[],
): readonly Successor[] {
	return legacy.map((endpoint) => {
		const candidates = current
			.filter(
				(one) =>
					one.method === endpoint.method &&
					shapeOf(one.path) === shapeOf(endpoint.path),
			)
			.toSorted(
				(one, other) =>
					Number(one.isDeprecated) - Number(other.isDeprecated) ||
					versionOf(other.path) - versionOf(one.path),
			);
		const [best] = candidates;
		return {
			endpoint: nameOf(endpoint),
			successor: best === undefined ? null : nameOf(best),
		};
	});
}

/** `GET /api/v1/workflows`. */
export function nameOf(endpoint: Pick<Endpoint, "method" | "path">): string {
	return `${endpoint.method} ${endpoint.path}`;
}

/** `/api/v1/workflows/{id}/` and `/api/v2/workflows/{key}` are of one shape. */
function shapeOf(path: string): string {
	return path
		.replace(/\/v\d+(?=\/|$)/, "/v")
		.replaceAll(/\{[^}]*\}/g, "{}")
		.replace(/(.)\/$/, "$1");
}

function versionOf(path: string): number {
	return Number(/\/v(\d+)(?=\/|$)/.exec(path)?.[1] ?? 0);
}

/** Paths are relative to the first server, which may be a whole address or a path. */
function prefixOf(api: z.infer<typeof document>): string {
	const base = api.basePath ?? api.servers?.[0]?.url ?? "";
	const path = base.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
	return path.replace(/\/+$/, "");
}

function described(given: unknown): string {
	if (typeof given === "string") {
		return /<html/i.test(given) ? "a page" : "text";
	}
	return given === null || typeof given !== "object"
		? String(given)
		: `an object with ${Object.keys(given).slice(0, 5).join(", ") || "nothing"}`;
}
