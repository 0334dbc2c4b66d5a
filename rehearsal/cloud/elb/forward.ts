import type { IncomingMessage, ServerResponse } from "node:http";
import { type ErrorCallback, ProxyServer } from "http-proxy-3";
import type { Target } from "./targetGroup.ts";

/** Treatment of a client's own X-Forwarded-For, as the load balancer's `xffHeaderProcessingMode`. */
export type ForwardedForMode = "append" | "preserve" | "remove";

const proxy = new ProxyServer({ toProxy: true });
const attempts = new WeakMap<IncomingMessage, { reusedSocket: boolean }>();

proxy.on("proxyReq", (upstream, request) => {
	attempts.set(request, { reusedSocket: upstream.reusedSocket });
});
proxy.on("proxyRes", (answer, _request, response) => {
	// These speak of the target's connection, not of the client's.
	delete answer.headers.connection;
	delete answer.headers["keep-alive"];
	// Without this a client would wait for the rest of an answer whose sender has died.
	answer.once("close", () => {
		if (!answer.complete) {
			response.destroy();
		}
	});
});

/**
 * Sends a request to a target and its answer back, both as streams.
 *
 * Answers 502 when the target cannot be reached or breaks off before its answer. A request is sent again, once, only if
 * it may be (idempotent, no byte of its body read) and the connection was an old one that the target had just closed.
 */
export function forward(
	request: IncomingMessage,
	response: ServerResponse,
	target: Target,
): void {
	const options = {
		target: { host: target.host, port: target.port },
		agent: target.agent,
		// A client that closes its connection is no reason to open a new one to the target.
		headers: { connection: "keep-alive" },
	};
	const giveUp: ErrorCallback = () => badGateway(response);
	proxy.web(request, response, options, (error) => {
		if (mayRepeat(request, response, error)) {
			proxy.web(request, response, options, giveUp);
		} else {
			badGateway(response);
		}
	});
}

/** Replaces what a client says about its origin by what the load balancer knows. */
export function setForwarded(
	request: IncomingMessage,
	listener: { protocol: "http" | "https"; port: number },
	mode: ForwardedForMode,
): void {
	const { headers } = request;
	const given = headers["x-forwarded-for"];
	for (const name of Object.keys(headers)) {
		if (name.startsWith("x-forwarded-") || name === "forwarded") {
			delete headers[name];
		}
	}
	if (mode === "append") {
		const client = clientAddress(request);
		headers["x-forwarded-for"] = given ? `${given}, ${client}` : client;
	} else if (mode === "preserve" && given !== undefined) {
		headers["x-forwarded-for"] = given;
	}
	headers["x-forwarded-proto"] = listener.protocol;
	headers["x-forwarded-port"] = String(listener.port);
	if (headers.host !== undefined) {
		headers["x-forwarded-host"] = headers.host;
	}
}

export function clientAddress(request: IncomingMessage): string {
	return (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

const idempotent = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

function mayRepeat(
	request: IncomingMessage,
	response: ServerResponse,
	error: Error,
): boolean {
	return (
		idempotent.has(request.method ?? "") &&
		!request.readableDidRead &&
		!response.destroyed &&
		!response.headersSent &&
		attempts.get(request)?.reusedSocket === true &&
		"code" in error &&
		(error.code === "ECONNRESET" || error.code === "EPIPE")
	);
}

function badGateway(response: ServerResponse): void {
	if (response.headersSent || response.destroyed) {
		response.destroy();
		return;
	}
	answer(response, 502, "text/html", "<h1>502 Bad Gateway</h1>\n");
}

/** An answer of the load balancer itself. */
export function answer(
	response: ServerResponse,
	status: number,
	contentType: string,
	body: string,
	headers: Readonly<Record<string, string>> = {},
): void {
	response.writeHead(status, {
		server: "awselb/2.0",
		"content-type": contentType,
		"content-length": Buffer.byteLength(body),
		...headers,
	});
	response.end(body);
}
