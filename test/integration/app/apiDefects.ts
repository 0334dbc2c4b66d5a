import { setTimeout as sleep } from "node:timers/promises";
import type { Alteration, Asked, Given } from "./alteringProxy.ts";
import type { Defect } from "./defect.ts";

/** Alters the answers to one method below one path; a path may end in `*`. */
function on(
	method: string,
	path: string,
	change: (given: Given, asked: Asked) => void | Promise<void>,
): Alteration {
	return {
		answer: async (given, asked) => {
			if (matches(asked, method, path)) await change(given, asked);
		},
	};
}

function matches(asked: Asked, method: string, path: string): boolean {
	const [start = "", rest] = path.split("*");
	const [own = ""] = asked.path.split("?");
	return (
		asked.method === method &&
		(rest === undefined ? own === path : own.startsWith(start))
	);
}

function answer(given: Given, status: number, body: unknown): void {
	given.status = status;
	given.body = Buffer.from(JSON.stringify(body));
	given.headers["content-type"] = "application/json";
}

function change(given: Given, edit: (body: unknown) => unknown): void {
	given.body = Buffer.from(
		JSON.stringify(edit(JSON.parse(given.body.toString()))),
	);
}

const onOldVersion = (edit: (given: Given) => void): Alteration => ({
	answer(given, asked) {
		if (asked.path.startsWith("/api/v1/")) edit(given);
	},
});

const bearer = (asked: Asked) => asked.headers.authorization;

/** Lets everybody act as whoever came first. */
function confused(method: string): Alteration {
	let first: string | undefined;
	return {
		request(asked) {
			if (!/^\/api\/v2\/workflows\/\d+$/.test(asked.path)) return;
			first ??= bearer(asked);
			if (asked.method === method && first !== undefined)
				asked.headers.authorization = first;
		},
	};
}

const rowsOf = (body: unknown) =>
	(body as { data: { name: string }[] }).data.map((row) => ({ ...row }));

/** Defects of the API. */
export const apiDefects: readonly Defect[] = [
	{
		what: "a missing security header",
		check: "header X-Frame-Options",
		says: /carries no X-Frame-Options/,
		alteration: {
			answer: ({ headers }) => {
				delete headers["x-frame-options"];
			},
		},
	},
	{
		what: "a security header with another value",
		check: "header X-Content-Type-Options",
		says: /carries X-Content-Type-Options: sniff/,
		alteration: {
			answer: ({ headers }) => {
				headers["x-content-type-options"] = "sniff";
			},
		},
	},
	{
		what: "an error of one endpoint",
		check: "GET /api/v2/workflows",
		says: /^500/,
		alteration: on("GET", "/api/v2/workflows", (given) =>
			answer(given, 500, { error: "injected" }),
		),
	},
	{
		what: "a slow endpoint",
		check: "workflows answer time",
		says: /\d ms/,
		alteration: on("GET", "/api/v2/workflows", async (_, asked) => {
			if (bearer(asked) !== undefined) await sleep(260);
		}),
		plan: { performance: { samples: 5, answerBelowMs: 200 } },
	},
	{
		what: "a sign-in without token",
		check: "sign-in",
		says: /200 without access_token/,
		alteration: on("POST", "/api/v2/auth/login", (given) => {
			if (given.status === 200) answer(given, 200, { user: {} });
		}),
	},
	{
		what: "an upload that loses bytes",
		check: "upload",
		says: /100000 bytes were sent, 99990 read back/,
		alteration: {
			request(asked) {
				if (asked.path !== "/api/v2/files/upload") return;
				asked.body = Buffer.concat([
					asked.body.subarray(0, 50_000),
					asked.body.subarray(50_010),
				]);
			},
		},
	},
	{
		what: "a download with a flipped bit",
		check: "upload",
		says: /other bytes of the same length/,
		alteration: on("GET", "/api/v2/files/*", ({ body }) => {
			body[10] = (body[10] ?? 0) ^ 1;
		}),
	},
	{
		what: "the old version without Sunset",
		check: "/api/v1 Sunset",
		says: /carries no Sunset/,
		alteration: onOldVersion(({ headers }) => {
			delete headers.sunset;
		}),
	},
	{
		what: "a sunset in the past",
		check: "/api/v1 Sunset",
		says: /is in the past: Sat, 01 Jun 2024 00:00:00 GMT/,
		alteration: onOldVersion(({ headers }) => {
			headers.sunset = "Sat, 01 Jun 2024 00:00:00 GMT";
		}),
	},
	{
		what: "a sunset that is no HTTP date",
		check: "/api/v1 Sunset",
		says: /is "2099-06-01", expected an HTTP date/,
		alteration: onOldVersion(({ headers }) => {
			headers.sunset = "2099-06-01";
		}),
	},
	{
		what: "the old version without Link, in refusals only",
		check: "/api/v1 Link",
		says: /GET \/api\/v1\/workflows \(401\) carries no Link/,
		alteration: onOldVersion((given) => {
			if (given.status === 401) delete given.headers.link;
		}),
	},
	{
		what: "a successor that is another",
		check: "/api/v1 Link",
		says: /leads to \/api\/v3, expected \/api\/v2/,
		alteration: onOldVersion(({ headers }) => {
			headers.link = '</api/v3>; rel="successor-version"';
		}),
	},
	{
		what: "a deprecation that is no date",
		check: "/api/v1 Deprecation",
		says: /is "true", expected @ and Unix seconds/,
		alteration: onOldVersion(({ headers }) => {
			headers.deprecation = "true";
		}),
	},
	{
		what: "a row that the new version lists otherwise",
		check: "same content of /api/v1/workflows and /api/v2/workflows",
		says: /is not the same in both/,
		alteration: on("GET", "/api/v2/workflows", (given) => {
			if (given.status !== 200) return;
			change(given, (body) => ({
				data: rowsOf(body).map((row) => ({ ...row, name: `${row.name}!` })),
			}));
		}),
	},
	{
		what: "a row that the new version does not list",
		check: "same content of /api/v1/workflows and /api/v2/workflows",
		says: /is in \/api\/v1\/workflows only/,
		alteration: on("GET", "/api/v2/workflows", (given) => {
			if (given.status !== 200) return;
			change(given, (body) => ({ data: rowsOf(body).slice(1) }));
		}),
	},
	{
		what: "another's workflow that can be read",
		check: "another's workflow",
		says: /GET \/api\/v2\/workflows\/\d+ as the second account: 200/,
		alteration: confused("GET"),
	},
	{
		what: "another's workflow that can be removed",
		check: "another's workflow",
		says: /DELETE \/api\/v2\/workflows\/\d+ as the second account: 204/,
		alteration: confused("DELETE"),
	},
	{
		what: "another's file that can be read",
		check: "another's file",
		says: /GET \/api\/v2\/files\/\d+ as the second account: 200/,
		alteration: on("GET", "/api/v2/files/*", (given) => {
			if (given.status === 404) answer(given, 200, {});
		}),
	},
	{
		what: "an endpoint that asks for no token",
		check: "requests without a token",
		says: /GET \/api\/v2\/workflows answers 200/,
		alteration: on("GET", "/api/v2/workflows", (given, asked) => {
			if (bearer(asked) === undefined) answer(given, 200, { data: [] });
		}),
	},
	{
		what: "a token that nobody signed",
		check: "requests with a forged token",
		says: /GET \/api\/v2\/workflows answers 200/,
		alteration: on("GET", "/api/v2/workflows", (given, asked) => {
			if (bearer(asked)?.endsWith(".") === true)
				answer(given, 200, { data: [] });
		}),
	},
	{
		what: "a wrong password that is let in",
		check: "sign-in with a wrong password",
		says: /^200/,
		alteration: on("POST", "/api/v2/auth/login", (given) => {
			if (given.status === 401) answer(given, 200, { access_token: "a.b.c" });
		}),
	},
	{
		what: "an unhealthy application",
		check: "GET /health",
		says: /^503 .*unreachable/,
		alteration: on("GET", "/health", (given) =>
			answer(given, 503, { status: "unavailable", database: "unreachable" }),
		),
	},
	{
		what: "a workflow that is answered with 200",
		check: "workflow",
		says: /^200/,
		alteration: on("POST", "/api/v2/workflows", (given) => {
			if (given.status === 201) given.status = 200;
		}),
	},
	{
		what: "a workflow whose steps are lost",
		check: "workflow",
		says: /2 steps were given, 0 read back/,
		alteration: on("GET", "/api/v2/workflows/*", (given) => {
			if (given.status === 200)
				change(given, (body) => ({ ...(body as object), steps: [] }));
		}),
	},
	{
		what: "an endpoint that is not there",
		check: "POST /api/v2/desktop/screenshot",
		says: /^404/,
		alteration: on("POST", "/api/v2/desktop/screenshot", (given) =>
			answer(given, 404, { error: "not found" }),
		),
	},
	{
		what: "a registration that fails",
		check: "registration",
		says: /^500/,
		alteration: on("POST", "/api/v2/auth/register", (given) =>
			answer(given, 500, { error: "injected" }),
		),
		plan: { skip: [] },
	},
	{
		what: "no TLS where it is required",
		check: "HTTPS",
		says: /is HTTP without TLS/,
		plan: { after: { https: "required" } },
	},
	{
		what: "a desktop service that is not there",
		check: "desktop service",
		says: /nobody listens there/,
		plan: { integration: { desktop: { url: "http://127.0.0.1:9" } } },
	},
	{
		what: "a cache that is not there",
		check: "Redis",
		says: /ECONNREFUSED/,
		plan: { integration: { redis: { url: "redis://127.0.0.1:9" } } },
	},
];
