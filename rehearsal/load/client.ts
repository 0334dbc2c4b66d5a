import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import type { LoadOptions } from "./options.ts";

export interface Call {
	readonly host: string;
	readonly method: string;
	readonly path: string;
	readonly headers?: Record<string, string>;
	/** Sent at once, or piece by piece with `pauseMs` between pieces. */
	readonly body?: readonly Buffer[];
	readonly pauseMs?: number;
	/** A connection of its own, closed afterwards. */
	readonly newConnection?: boolean;
}

export interface Answer {
	readonly status: number;
	readonly release: string | undefined;
	readonly retryAfter: boolean;
	readonly body: Buffer;
}

/** A request without an answer for so long has failed. */
const timeoutMs = 15_000;

/**
 * A connection idle for so long is not used again: well before the load balancer's own 60 s, since a request that meets
 * a connection just being closed gets no answer at all.
 */
const idleMs = 30_000;

export type Send = (call: Call) => Promise<Answer>;

/** Sends requests to one address under any host name; `close` ends the connections kept open. */
export function createClient({
	address,
	caFile,
}: Pick<LoadOptions, "address" | "caFile">) {
	const ca = readFileSync(caFile);
	const kept = new Agent({
		keepAlive: true,
		maxSockets: 64,
		timeout: idleMs,
		ca,
	});
	const send: Send = (call) =>
		new Promise((resolve, reject) => {
			const outgoing = request(
				{
					host: address.host,
					port: address.port,
					servername: call.host,
					method: call.method,
					path: call.path,
					ca,
					agent: call.newConnection ? false : kept,
					headers: {
						host: call.host,
						...(call.body
							? { "content-length": Buffer.concat(call.body).length }
							: {}),
						...call.headers,
					},
					signal: AbortSignal.timeout(timeoutMs),
				},
				(incoming) => {
					const chunks: Buffer[] = [];
					incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
					incoming.on("error", reject);
					incoming.on("end", () =>
						resolve({
							status: incoming.statusCode ?? 0,
							release: first(incoming.headers["x-release"]),
							retryAfter: incoming.headers["retry-after"] !== undefined,
							body: Buffer.concat(chunks),
						}),
					);
				},
			);
			outgoing.on("error", reject);
			void writeBody(outgoing, call).catch(reject);
		});
	return { send, close: () => kept.destroy() };
}

async function writeBody(
	outgoing: ReturnType<typeof request>,
	{ body = [], pauseMs = 0 }: Call,
): Promise<void> {
	for (const [index, piece] of body.entries()) {
		if (outgoing.destroyed) return;
		outgoing.write(piece);
		if (pauseMs > 0 && index < body.length - 1)
			await new Promise((resolve) => setTimeout(resolve, pauseMs));
	}
	outgoing.end();
}

const first = (value: string | string[] | undefined) =>
	Array.isArray(value) ? value[0] : value;
