import { readFileSync } from "node:fs";
import {
	Agent as HttpAgent,
	request as httpRequest,
	type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { TLSSocket } from "node:tls";

/** One request, to an address that may differ from the host it asks for. */
export interface HttpRequest {
	readonly url: string;
	readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
	/** Host header and name in the certificate. Default: the host of the URL. */
	readonly host?: string;
	/** Certificate authority to trust besides the usual ones, a PEM file. */
	readonly caFile?: string;
	readonly json?: unknown;
	/** A body that is not JSON. */
	readonly content?: { readonly type: string; readonly bytes: Uint8Array };
	/** Token of an account, sent as bearer. */
	readonly token?: string;
	/** Further headers. */
	readonly headers?: Readonly<Record<string, string>>;
	/** Kinds of answers that are wanted. Default: JSON or a page. */
	readonly accept?: string;
	/** Most of the body that is kept. Default: 1000000. */
	readonly bodyBytes?: number;
	/** Default: 5000. */
	readonly timeoutMs?: number;
	/** Ends the request early. */
	readonly signal?: AbortSignal;
	/** Connections to use again. Default: one of its own. */
	readonly connections?: Connections;
}

/** What came back. */
export interface HttpAnswer {
	readonly status: number;
	readonly headers: IncomingMessage["headers"];
	readonly body: string;
	/** The same as it came. */
	readonly bytes?: Uint8Array;
	/** Last day of the server's certificate; undefined without TLS. */
	readonly certificateUntil?: Date;
}

/** Connections that stay open between requests. */
export interface Connections {
	readonly http: HttpAgent;
	readonly https: HttpsAgent;
	close(): void;
}

/** Most of a body that anybody looks at. */
const usualBodyBytes = 1_000_000;

/** Keeps connections open, so that a measurement holds the answer and not the handshake. */
export function keepConnections(): Connections {
	const http = new HttpAgent({ keepAlive: true });
	const https = new HttpsAgent({ keepAlive: true });
	return {
		http,
		https,
		close() {
			http.destroy();
			https.destroy();
		},
	};
}

/** Sends one request; redirects are not followed. */
export async function request(wanted: HttpRequest): Promise<HttpAnswer> {
	const url = new URL(wanted.url);
	const isTls = url.protocol === "https:";
	const host = wanted.host ?? url.host;
	const bodyBytes = wanted.bodyBytes ?? usualBodyBytes;
	const content = contentOf(wanted);
	const send = isTls ? httpsRequest : httpRequest;
	const signals = [
		AbortSignal.timeout(wanted.timeoutMs ?? 5_000),
		...(wanted.signal === undefined ? [] : [wanted.signal]),
	];
	return await new Promise<HttpAnswer>((resolve, reject) => {
		const sent = send(
			url,
			{
				method: wanted.method ?? "GET",
				agent: wanted.connections?.[isTls ? "https" : "http"] ?? false,
				headers: {
					host,
					accept: wanted.accept ?? "application/json, text/html",
					...(wanted.token !== undefined && {
						authorization: `Bearer ${wanted.token}`,
					}),
					...(content !== undefined && {
						"content-type": content.type,
						"content-length": content.bytes.length,
					}),
					...wanted.headers,
				},
				...(isTls && {
					servername: host.replace(/:\d+$/, ""),
				}),
				...(wanted.caFile !== undefined && {
					ca: readFileSync(wanted.caFile),
				}),
				signal: AbortSignal.any(signals),
			},
			(answer) => {
				// Asked now: a connection that is handed back has no certificate to show.
				const until = certificateUntil(answer);
				const chunks: Buffer[] = [];
				let size = 0;
				answer.on("data", (chunk: Buffer) => {
					if (size < bodyBytes) chunks.push(chunk);
					size += chunk.length;
				});
				answer.on("error", reject);
				answer.on("end", () => {
					const bytes = Buffer.concat(chunks);
					resolve({
						status: answer.statusCode ?? 0,
						headers: answer.headers,
						body: bytes.toString("utf8"),
						bytes,
						...(until !== undefined && { certificateUntil: until }),
					});
				});
			},
		);
		sent.on("error", reject);
		sent.end(content?.bytes);
	});
}

function contentOf(wanted: HttpRequest): HttpRequest["content"] {
	if (wanted.content !== undefined || wanted.json === undefined)
		return wanted.content;
	return {
		type: "application/json",
		bytes: Buffer.from(JSON.stringify(wanted.json)),
	};
}

function certificateUntil(answer: IncomingMessage): Date | undefined {
	if (!(answer.socket instanceof TLSSocket)) return undefined;
	const until = answer.socket.getPeerCertificate().valid_to;
	return until === undefined ? undefined : new Date(until);
}
