import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import {
	answer,
	clientAddress,
	type ForwardedForMode,
	forward,
	setForwarded,
} from "./forward.ts";
import { type Action, chooseGroup, type Rule, route } from "./routing.ts";
import type { TargetGroup } from "./targetGroup.ts";

export interface ListenerSettings {
	readonly port: number;
	readonly protocol: "http" | "https";
	readonly defaultAction: Action;
	readonly certificate?: { readonly cert: string; readonly key: string };
	readonly forwardedFor: ForwardedForMode;
	/** Seconds that a client's idle connection is kept. */
	readonly idleSeconds: number;
}

/** What a listener asks its surroundings. */
export interface ListenerPorts {
	rules(): readonly Rule[];
	group(arn: string): TargetGroup | undefined;
	log(line: AccessLine): void;
}

export interface AccessLine {
	readonly time: string;
	readonly client: string;
	readonly method: string;
	readonly host: string;
	readonly path: string;
	readonly status: number;
	readonly targetGroup: string | null;
	readonly target: string | null;
	readonly ms: number;
	readonly userAgent: string;
}

/** The port of a listener is taken by another process, or not ours to take. */
export class PortUnavailableError extends Error {
	readonly port: number;

	constructor(port: number, cause: unknown) {
		const code =
			cause instanceof Error && "code" in cause ? cause.code : String(cause);
		super(
			`listener port ${port} on 127.0.0.1 cannot be opened (${code}); free it, or set another one in edge.ports`,
			{ cause },
		);
		this.name = "PortUnavailableError";
		this.port = port;
	}
}

export interface OpenListener {
	/** Takes no new connections and ends when the requests under way are answered, or after a few seconds. */
	close(): Promise<void>;
	/** New connections get this certificate; those that are open stay. */
	renew(certificate: NonNullable<ListenerSettings["certificate"]>): void;
}

/** Opens the listener's port on 127.0.0.1 and serves it until `close`. */
export async function openListener(
	settings: () => ListenerSettings,
	ports: ListenerPorts,
): Promise<OpenListener> {
	const { port, protocol, certificate, idleSeconds } = settings();
	const underWay = new Set<ServerResponse>();
	const serve = (request: IncomingMessage, response: ServerResponse) => {
		underWay.add(response);
		response.once("close", () => {
			underWay.delete(response);
			if (!server.listening) request.socket.end();
		});
		handle(request, response, settings(), ports);
	};
	const options = {
		keepAliveTimeout: idleSeconds * 1_000,
		headersTimeout: (idleSeconds + 5) * 1_000,
		// A slow upload may take as long as it needs.
		requestTimeout: 0,
	};
	const server =
		protocol === "https"
			? https.createServer({ ...options, ...certificate }, serve)
			: http.createServer(options, serve);
	await new Promise<void>((resolve, reject) => {
		server.once("error", (error) =>
			reject(new PortUnavailableError(port, error)),
		);
		server.listen(port, "127.0.0.1", resolve);
	});
	return {
		async close() {
			const closed = new Promise<void>((resolve) =>
				server.close(() => resolve()),
			);
			// What is under way gets its answer: a client that is cut off cannot know whether its write was done.
			server.closeIdleConnections();
			for (const response of underWay) response.shouldKeepAlive = false;
			const limit = setTimeout(
				() => server.closeAllConnections(),
				drainSeconds * 1_000,
			);
			await closed;
			clearTimeout(limit);
		},
		renew(certificate) {
			if (server instanceof https.Server) server.setSecureContext(certificate);
		},
	};
}

/** Longest wait for requests under way when a listener's port is closed. */
const drainSeconds = 5;

function handle(
	request: IncomingMessage,
	response: ServerResponse,
	settings: ListenerSettings,
	ports: ListenerPorts,
): void {
	const startedAt = performance.now();
	const path = request.url ?? "/";
	const host = request.headers.host ?? "";
	const method = request.method ?? "GET";
	const client = clientAddress(request);
	let group: TargetGroup | undefined;
	let target: string | null = null;
	response.once("close", () =>
		ports.log({
			time: new Date().toISOString(),
			client,
			method,
			host,
			path,
			// 460 is the load balancer's word for a client that went away.
			status: response.writableFinished ? response.statusCode : 460,
			targetGroup: group?.settings.name ?? null,
			target,
			ms: Math.round((performance.now() - startedAt) * 10) / 10,
			userAgent: request.headers["user-agent"] ?? "-",
		}),
	);
	const action = route(ports.rules(), settings.defaultAction, {
		method,
		host: host.replace(/:\d+$/, ""),
		path: path.replace(/\?.*$/s, ""),
		clientAddress: client,
		headers: request.headers,
	});
	if (action.type === "fixed-response") {
		answer(response, action.statusCode, action.contentType, action.body);
		return;
	}
	if (action.type === "redirect") {
		const location = redirectLocation(action, host, path, settings);
		answer(response, action.statusCode, "text/html", "", { location });
		return;
	}
	const arn = chooseGroup(action.groups, Math.random());
	group = arn === undefined ? undefined : ports.group(arn);
	const picked = group?.pick();
	if (!group || !picked) {
		answer(
			response,
			503,
			"text/html",
			"<h1>503 Service Temporarily Unavailable</h1>\n",
		);
		return;
	}
	const serving = group;
	target = `${picked.host}:${picked.port}`;
	serving.started(picked);
	response.once("close", () => serving.finished(picked));
	setForwarded(request, settings, settings.forwardedFor);
	forward(request, response, picked);
}

/** The address of a redirect: its parts may name the request's own by `#{host}`, `#{port}`, `#{path}` and so on. */
export function redirectLocation(
	action: Extract<Action, { type: "redirect" }>,
	hostHeader: string,
	url: string,
	listener: { readonly protocol: string; readonly port: number },
): string {
	const [path = "", query = ""] = url.split(/\?(.*)/s);
	const known: Readonly<Record<string, string>> = {
		protocol: listener.protocol,
		host: hostHeader.replace(/:\d+$/, ""),
		port: String(listener.port),
		path: path.replace(/^\//, ""),
		query,
	};
	const fill = (text: string) =>
		text.replace(/#\{(\w+)\}/g, (whole, name: string) => known[name] ?? whole);
	const protocol = fill(action.protocol).toLowerCase();
	const port = fill(action.port);
	const usual = protocol === "https" ? "443" : "80";
	const authority =
		fill(action.host) + (port === "" || port === usual ? "" : `:${port}`);
	const search = fill(action.query);
	return `${protocol}://${authority}${fill(action.path)}${search === "" ? "" : `?${search}`}`;
}
