import { Hono } from "hono";
import { html } from "hono/html";
import type { Context, Env } from "../context.ts";

interface Operation {
	readonly method: "get" | "post" | "put" | "delete";
	readonly path: string;
	readonly summary: string;
	readonly status: number;
	readonly open?: true;
}

const operations: readonly Operation[] = [
	operation("post", "/auth/register", "Make an account", 201, true),
	operation("post", "/auth/login", "Sign in", 200, true),
	operation("get", "/profile", "Own profile"),
	operation("put", "/profile", "Change the own profile"),
	operation("get", "/workflows", "Own workflows, newest first"),
	operation("post", "/workflows", "Make a workflow with its steps", 201),
	operation("get", "/workflows/{id}", "One workflow with its steps"),
	operation("put", "/workflows/{id}", "Change a workflow"),
	operation("delete", "/workflows/{id}", "Remove a workflow", 204),
	operation("post", "/workflows/{id}/execute", "Execute a workflow"),
	operation("get", "/desktop/screenshot", "Screenshot of the whole desktop"),
	operation("post", "/desktop/screenshot", "Screenshot of a region"),
	operation("post", "/files/upload", "Upload a file (multipart field file)"),
	operation("get", "/files/{id}", "Download a file"),
	operation("delete", "/files/{id}", "Remove a file", 204),
];

/** The description of the API: OpenAPI 3 as JSON, or a page for who accepts `text/html`. */
export function docsRoutes(context: Context): Hono<Env> {
	const document = openApiDocument(context.settings);
	return new Hono<Env>().get("/", (c) =>
		c.req.header("Accept")?.includes("text/html")
			? c.html(pageOf(document))
			: c.json(document),
	);
}

/** OpenAPI 3.0 of a release: the legacy schema has version 1 only, the current one marks it as deprecated. */
export function openApiDocument(release: {
	readonly schema: "legacy" | "current";
	readonly release: string;
}) {
	const versions = release.schema === "legacy" ? ["v1"] : ["v2", "v1"];
	const paths: Record<string, Record<string, unknown>> = {
		"/health": {
			get: { summary: "Health of the release", responses: ok(200) },
		},
	};
	for (const version of versions) {
		for (const { method, path, summary, status, open } of operations) {
			const full = `/api/${version}${path}`;
			const parameters = path.includes("{id}")
				? [
						{
							name: "id",
							in: "path",
							required: true,
							schema: { type: "integer" },
						},
					]
				: [];
			paths[full] = {
				...paths[full],
				[method]: {
					summary,
					parameters,
					...(open ? {} : { security: [{ bearer: [] }] }),
					...(version === "v1" && versions.length > 1
						? { deprecated: true }
						: {}),
					responses: ok(status),
				},
			};
		}
	}
	return {
		openapi: "3.0.3",
		info: { title: "Trusted Login API", version: release.release },
		components: {
			securitySchemes: {
				bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
			},
		},
		paths,
	};
}

function operation(
	method: Operation["method"],
	path: string,
	summary: string,
	status = 200,
	open = false,
): Operation {
	return { method, path, summary, status, ...(open ? { open } : {}) };
}

function ok(status: number) {
	return {
		[status]: { description: "done" },
		default: { description: "an error: {error, details?}" },
	};
}

function pageOf(document: ReturnType<typeof openApiDocument>) {
	const rows = Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, described]) => ({
			method: method.toUpperCase(),
			path,
			summary: summaryOf(described),
		})),
	);
	return html`<!doctype html>
<html lang="en">
	<head><meta charset="utf-8"><title>${document.info.title}</title></head>
	<body>
		<h1>${document.info.title}, release ${document.info.version}</h1>
		<table>
			${rows.map((row) => html`<tr><th>${row.method}</th><td><code>${row.path}</code></td><td>${row.summary}</td></tr>`)}
		</table>
	</body>
</html>`;
}

function summaryOf(described: unknown): string {
	return typeof described === "object" &&
		described !== null &&
		"summary" in described
		? String(described.summary)
		: "";
}
