import assert from "node:assert/strict";
import {
	findSuccessors,
	nameOf,
	readApi,
} from "../../../cutover/src/inventory/apiDocument.ts";
import { documentOfPage } from "../../../cutover/src/inventory/loadDocument.ts";

const endpoint = (method: string, path: string, isDeprecated = false) => ({
	method,
	path,
	summary: "",
	isDeprecated,
	needsSignIn: false,
});

describe("reading an API document", () => {
	const described = (given: unknown) =>
		readApi("api.json", given).endpoints.map(
			(one) =>
				`${nameOf(one)}${one.needsSignIn ? " signed in" : ""}${one.isDeprecated ? " deprecated" : ""}`,
		);

	const table: readonly {
		readonly title: string;
		readonly given: unknown;
		readonly expected: readonly string[];
	}[] = [
		{
			title:
				"lists methods by path, and leaves parameters and extensions of a path out",
			given: {
				openapi: "3.0.3",
				paths: {
					"/b": {
						post: {},
						get: { summary: "b" },
						parameters: [],
						"x-own": {},
					},
					"/a": { delete: { deprecated: true } },
				},
			},
			expected: ["DELETE /a deprecated", "GET /b", "POST /b"],
		},
		{
			title: "knows who has to sign in: by the endpoint, else by the document",
			given: {
				openapi: "3.1.0",
				security: [{ bearer: [] }],
				paths: {
					"/inherited": { get: {} },
					"/none": { get: { security: [] } },
					"/own": { get: { security: [{ key: [] }] } },
					"/optional": { get: { security: [{}, { bearer: [] }] } },
				},
			},
			expected: [
				"GET /inherited signed in",
				"GET /none",
				"GET /optional",
				"GET /own signed in",
			],
		},
		{
			title: "puts the base path of Swagger 2 in front",
			given: {
				swagger: "2.0",
				basePath: "/api/v1/",
				paths: { "/a": { get: {} } },
			},
			expected: ["GET /api/v1/a"],
		},
		{
			title: "puts the path of the first server in front, not its host",
			given: {
				openapi: "3.0.0",
				servers: [{ url: "https://api.trusted-login.com/api" }],
				paths: { "/a": { get: {} } },
			},
			expected: ["GET /api/a"],
		},
	];
	for (const { title, given, expected } of table) {
		it(title, () => assert.deepEqual(described(given), expected));
	}

	it("keeps title, version and kind of the document", () => {
		const api = readApi("api.json", {
			swagger: "2.0",
			info: { title: "Trusted Login API", version: "1.4" },
			paths: {},
		});
		assert.deepEqual(
			[api.title, api.version, api.specification],
			["Trusted Login API", "1.4", "Swagger 2.0"],
		);
	});

	const refused: readonly (readonly [string, unknown, string])[] = [
		["a page", "<html></html>", "a page"],
		["text", "hello", "text"],
		["nothing", null, "null"],
		["another object", { items: [] }, "an object with items"],
		["a document without a version", { paths: {} }, "an object with paths"],
	];
	for (const [title, given, got] of refused) {
		it(`refuses ${title}, and says what it got`, () => {
			assert.throws(() => readApi("http://legacy/docs", given), {
				name: "RefusedError",
				message: `expected an OpenAPI document at http://legacy/docs, got ${got}; give the address of the JSON or YAML document itself, often /openapi.json`,
			});
		});
	}
});

describe("finding successors of endpoints", () => {
	const table: readonly (readonly [
		title: string,
		legacy: string,
		current: ReturnType<typeof endpoint>[],
		expected: string | null,
	])[] = [
		[
			"takes the same path of a later version",
			"/api/v1/workflows",
			[endpoint("GET", "/api/v2/workflows")],
			"GET /api/v2/workflows",
		],
		[
			"takes the highest version of several",
			"/api/v1/a",
			[endpoint("GET", "/api/v2/a"), endpoint("GET", "/api/v10/a")],
			"GET /api/v10/a",
		],
		[
			"prefers what is not deprecated",
			"/api/v1/a",
			[endpoint("GET", "/api/v9/a", true), endpoint("GET", "/api/v2/a")],
			"GET /api/v2/a",
		],
		[
			"takes a deprecated one rather than none",
			"/api/v1/a",
			[endpoint("GET", "/api/v1/a", true)],
			"GET /api/v1/a",
		],
		[
			"does not mind names of parameters and a slash at the end",
			"/api/v1/a/{id}",
			[endpoint("GET", "/api/v2/a/{key}/")],
			"GET /api/v2/a/{key}/",
		],
		[
			"takes paths without a version as they are",
			"/health",
			[endpoint("GET", "/health")],
			"GET /health",
		],
		["minds the method", "/api/v1/a", [endpoint("POST", "/api/v2/a")], null],
		[
			"takes no other path for the same",
			"/api/v1/a",
			[endpoint("GET", "/api/v2/ab"), endpoint("GET", "/v2/a")],
			null,
		],
	];
	for (const [title, path, current, expected] of table) {
		it(title, () => {
			const legacy = [endpoint("GET", path)];
			assert.deepEqual(findSuccessors(legacy, current), [
				{ endpoint: `GET ${path}`, successor: expected },
			]);
		});
	}
});

describe("finding the document that a page shows", () => {
	const page = (inside: string) => `<!doctype html><html>${inside}</html>`;
	const table: readonly (readonly [string, string, string | undefined])[] = [
		[
			"Swagger UI",
			page(
				"<script>SwaggerUIBundle({ url: '/openapi.json', dom_id: 'x' })</script>",
			),
			"http://legacy:8007/openapi.json",
		],
		[
			"Redoc",
			page('<redoc spec-url="../v1/openapi.yaml"></redoc>'),
			"http://legacy:8007/v1/openapi.yaml",
		],
		[
			"another origin",
			page("<script>ui({ url: 'http://elsewhere/openapi.json' })</script>"),
			undefined,
		],
		["itself", page("<script>ui({ url: '/api/docs' })</script>"), undefined],
		["nothing", page("<h1>API</h1>"), undefined],
		["no page", '{"url": "/openapi.json"}', undefined],
	];
	for (const [title, body, expected] of table) {
		it(`reads ${title}`, () =>
			assert.equal(
				documentOfPage(body, "http://legacy:8007/api/docs"),
				expected,
			));
	}
});
