import autocannon from "autocannon";
import { reasonOf } from "../errors.ts";

/** Requests to send, each connection one after the other: the next when the answer to the last has come. */
export interface Load {
	readonly url: string;
	readonly method: "GET" | "POST";
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string;
	readonly connections: number;
	/** Answers to measure on each connection. */
	readonly perConnection: number;
	/** Path asked once before them, not measured: it opens the connection. */
	readonly openingPath: string;
	readonly timeoutSeconds: number;
}

/** What came back. */
export interface LoadAnswers {
	/** Times from sending to the last byte, of answers with a status of 200 to 299. */
	readonly ms: readonly number[];
	readonly asked: number;
	/** Why the others are missing: "answered 500", "ECONNREFUSED ...". */
	readonly failures: readonly string[];
}

/** A connection that only fails is not tried for ever. */
const mostErrors = 5;

/** Sends requests and answers when all have come back or failed. Certificates are not looked at here: ask once before. */
export async function sendLoad(
	load: Load,
	signal: AbortSignal,
): Promise<LoadAnswers> {
	signal.throwIfAborted();
	const ms: number[] = [];
	const failures: string[] = [];
	const opened = new Set<unknown>();
	const { pathname, search } = new URL(load.url);
	const measured = {
		method: load.method,
		path: `${pathname}${search}`,
		headers: { ...load.headers },
		...(load.body !== undefined && { body: load.body }),
	};
	await new Promise<void>((resolve, reject) => {
		const running = autocannon(
			{
				url: load.url,
				requests: [
					{ method: "GET", path: load.openingPath },
					...Array.from({ length: load.perConnection }, () => measured),
				],
				connections: load.connections,
				amount: load.connections * (load.perConnection + 1),
				timeout: load.timeoutSeconds,
				bailout: mostErrors,
				// How soon the end is noticed, in milliseconds.
				sampleInt: 5,
				skipAggregateResult: true,
			},
			(error: unknown) => {
				signal.removeEventListener("abort", stop);
				if (error) reject(error);
				else resolve();
			},
		);
		const stop = () => running.stop();
		signal.addEventListener("abort", stop, { once: true });
		running.on("response", (client, status, _bytes, time) => {
			const isFirst = !opened.has(client);
			opened.add(client);
			if (isFirst) return;
			if (status >= 200 && status <= 299) ms.push(time);
			else failures.push(`answered ${status}`);
		});
		running.on("reqError", (error) => failures.push(reasonOf(error)));
	});
	signal.throwIfAborted();
	const asked = load.connections * load.perConnection;
	const lost = asked - ms.length - failures.length;
	for (let nth = 0; nth < lost; nth += 1) {
		failures.push("the connection was closed before the answer");
	}
	return { ms, asked: Math.max(asked, ms.length + failures.length), failures };
}

/** What the load is sent with, for the fingerprint. */
export const loadGenerator = "autocannon 9.0.0";
