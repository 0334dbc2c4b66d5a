import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

/** One request, to an address that may differ from the host it asks for. */
export interface HttpRequest {
	readonly url: string;
	readonly method?: "GET" | "POST" | "PUT" | "DELETE";
	/** Sent besides the usual ones. */
	readonly headers?: Readonly<Record<string, string>>;
	/** Host header and name in the certificate. Default: the host of the URL. */
	readonly host?: string;
	/** Certificate authority to trust besides the usual ones, a PEM file. */
	readonly caFile?: string;
	readonly json?: unknown;
	/** Token of an account, sent as bearer. */
	readonly token?: string;
	/** Kinds of answers that are wanted. Default: JSON or a page. */
	readonly accept?: string;
	/** Most of the body that is kept. Default: 1000000. */
	readonly bodyBytes?: number;
	/** Default: 5000. */
	readonly timeoutMs?: number;
}

/** What came back. */
export interface HttpAnswer {
	readonly status: number;
	readonly headers: IncomingMessage["headers"];
	readonly body: string;
}

/** Most of a body that anybody looks at. */
const usualBodyBytes = 1_000_000;

/** Sends one request on a connection of its own; redirects are not followed. */
export async function request(wanted: HttpRequest): Promise<HttpAnswer> {
	const url = new URL(wanted.url);
	const host = wanted.host ?? url.host;
	const bodyBytes = wanted.bodyBytes ?? usualBodyBytes;
	const body = wanted.json === undefined ? "" : JSON.stringify(wanted.json);
	const send = url.protocol === "https:" ? httpsRequest : httpRequest;
	return await new Promise<HttpAnswer>((resolve, reject) => {
		const sent = send(
			url,
			{
				method: wanted.method ?? "GET",
				agent: false,
				headers: {
					host,
					accept: wanted.accept ?? "application/json, text/html",
					...(wanted.token !== undefined && {
						authorization: `Bearer ${wanted.token}`,
					}),
					...(body !== "" && {
						"content-type": "application/json",
						"content-length": Buffer.byteLength(body),
					}),
					...wanted.headers,
				},
				...(url.protocol === "https:" && {
					servername: host.replace(/:\d+$/, ""),
				}),
				...(wanted.caFile !== undefined && {
					ca: readFileSync(wanted.caFile),
				}),
				signal: AbortSignal.timeout(wanted.timeoutMs ?? 5_000),
			},
			(answer) => {
				let text = "";
				answer.setEncoding("utf8");
				answer.on("data", (chunk: string) => {
					if (text.length < bodyBytes) text += chunk;
				});
				answer.on("error", reject);
				answer.on("end", () =>
					resolve({
						status: answer.statusCode ?? 0,
						headers: answer.headers,
						body: text,
					}),
				);
			},
		);
		sent.on("error", reject);
		sent.end(body);
	});
}
