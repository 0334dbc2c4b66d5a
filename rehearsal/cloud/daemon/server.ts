import { timingSafeEqual } from "node:crypto";
import {
	createServer,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from "node:http";
import type { Endpoint } from "../../engine/places.ts";
import { callJsonApi } from "../api.ts";
import { PartialFailure, type Properties } from "../handler.ts";
import { serveS3 } from "../s3/rest.ts";
import { redact } from "./calls.ts";
import { withinRequest } from "./context.ts";
import { type LaptopCloud, messageOf } from "./laptopCloud.ts";
import { type Verb, type VerbRequest, verbs } from "./verbs.ts";

export interface ServerOptions {
	readonly endpoint: Endpoint;
	readonly laptop: LaptopCloud;
	/** Requests wait until the cloud's processes are back. */
	readonly ready: Promise<void>;
	/** Verbs about the daemon itself. */
	readonly own: Readonly<
		Record<string, (request: VerbRequest) => Promise<Properties>>
	>;
	/** Around every private verb that concerns resources. */
	beforeRequest(): void;
	afterRequest(): void;
}

/** The daemon's one port: private verbs for the provider, the AWS API for everybody with the key. */
export function createLaptopServer(options: ServerOptions): Server {
	const server = createServer((request, response) => {
		route(request, response, options).catch((error) => {
			options.laptop.cloud.log(
				`${request.method} ${request.url}: ${messageOf(error)}`,
			);
			if (!response.headersSent)
				sendJson(response, 500, { message: messageOf(error) });
			else response.destroy();
		});
	});
	// A service update may take many minutes; its request stays open.
	server.requestTimeout = 0;
	server.keepAliveTimeout = 60_000;
	return server;
}

async function route(
	request: IncomingMessage,
	response: ServerResponse,
	options: ServerOptions,
): Promise<void> {
	const path = (request.url ?? "/").split("?")[0] ?? "/";
	if (path.startsWith("/_laptop/"))
		return servePrivate(
			path.slice("/_laptop/".length),
			request,
			response,
			options,
		);
	await options.ready;
	const { laptop, endpoint } = options;
	const target = request.headers["x-amz-target"];
	const allowed = equals(accessKeyOf(request), endpoint.accessKeyId);
	if (typeof target === "string") {
		if (!allowed)
			return sendJson(response, 400, {
				__type: "UnrecognizedClientException",
				message: "The security token included in the request is invalid.",
			});
		const input = parseJson(await readBody(request));
		const started = Date.now();
		const answer = await withinRequest({}, () =>
			callJsonApi(target, input, laptop.cloud),
		);
		laptop.calls.append({
			at: new Date(started).toISOString(),
			api: "aws",
			operation: target,
			request: redact(input),
			outcome: answer.status === 200 ? "ok" : "failed",
			...(answer.status === 200
				? {}
				: { message: JSON.stringify(answer.body) }),
			milliseconds: Date.now() - started,
		});
		return sendJson(
			response,
			answer.status,
			answer.body,
			"application/x-amz-json-1.1",
		);
	}
	await serveS3(request, response, laptop, allowed);
}

async function servePrivate(
	verb: string,
	request: IncomingMessage,
	response: ServerResponse,
	options: ServerOptions,
): Promise<void> {
	if (!equals(`${request.headers["x-laptop-token"]}`, options.endpoint.token))
		return sendJson(response, 403, { message: "wrong x-laptop-token" });
	if (request.method !== "POST")
		return sendJson(response, 405, { message: "POST only" });
	const body = parseJson(await readBody(request)) as VerbRequest;
	const own = options.own[verb];
	if (own !== undefined) return sendJson(response, 200, await own(body));
	const run = verbs[verb];
	if (run === undefined)
		return sendJson(response, 404, { message: `no verb ${verb}` });
	options.beforeRequest();
	try {
		await options.ready;
		await runVerb(verb, run, body, request, response, options.laptop);
	} finally {
		options.afterRequest();
	}
}

async function runVerb(
	verb: string,
	run: Verb,
	body: VerbRequest,
	request: IncomingMessage,
	response: ServerResponse,
	laptop: LaptopCloud,
): Promise<void> {
	const stream = request.headers.accept === "application/x-ndjson";
	if (stream) {
		response.writeHead(200, { "content-type": "application/x-ndjson" });
		response.flushHeaders();
	}
	const started = Date.now();
	let result: VerbResult;
	try {
		result = {
			result: await withinRequest(
				{
					...(body.enginePid === undefined
						? {}
						: { enginePid: body.enginePid }),
					tell: (log) => {
						if (stream && !response.writableEnded)
							response.write(`${JSON.stringify({ log })}\n`);
					},
				},
				() => run(body, laptop),
			),
		};
	} catch (error) {
		result = {
			error: messageOf(error),
			...(error instanceof PartialFailure
				? { partial: { id: error.id, outputs: error.outputs } }
				: {}),
		};
	}
	record(verb, body, result, started, laptop);
	if (stream) response.end(`${JSON.stringify(result)}\n`);
	else if ("result" in result) sendJson(response, 200, result.result);
	else sendJson(response, 400, { message: result.error });
}

/** The last line of a streamed answer. */
type VerbResult =
	| { result: Properties }
	| { error: string; partial?: { id: string; outputs: Properties } };

const recorded = new Set(["create", "update", "delete", "read", "invoke"]);

function record(
	verb: string,
	body: VerbRequest,
	result: VerbResult,
	started: number,
	{ calls }: LaptopCloud,
): void {
	if (!recorded.has(verb)) return;
	const id = "result" in result ? result.result.id : undefined;
	const type = body.type ?? body.token;
	calls.append({
		at: new Date(started).toISOString(),
		api: "provider",
		operation: verb,
		...(type === undefined ? {} : { type }),
		...(body.urn === undefined ? {} : { urn: body.urn }),
		...(typeof (body.id ?? id) === "string" ? { id: `${body.id ?? id}` } : {}),
		...(verb === "create" || verb === "update"
			? { request: redact(body.inputs ?? {}, body.secrets) }
			: {}),
		outcome: "result" in result ? "ok" : "failed",
		...("error" in result ? { message: result.error } : {}),
		milliseconds: Date.now() - started,
	});
}

function accessKeyOf(request: IncomingMessage): string {
	const header = request.headers.authorization ?? "";
	return /Credential=([^/,\s]+)\//.exec(header)?.[1] ?? "";
}

function equals(given: string, wanted: string): boolean {
	const a = Buffer.from(given);
	const b = Buffer.from(wanted);
	return a.length === b.length && timingSafeEqual(a, b);
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): Properties {
	const value: unknown = text === "" ? {} : JSON.parse(text);
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new Error("expected a JSON object");
	return value as Properties;
}

function sendJson(
	response: ServerResponse,
	status: number,
	body: unknown,
	type = "application/json",
): void {
	response.writeHead(status, { "content-type": type });
	response.end(JSON.stringify(body));
}
