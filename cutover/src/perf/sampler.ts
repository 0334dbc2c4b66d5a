import { loadGenerator, sendLoad } from "../adapters/load.ts";
import type { Session } from "../adapters/postgres.ts";
import { reasonOf } from "../errors.ts";
import type { Endpoint } from "./scenario.ts";

/** What one turn brought. */
export interface Taken {
	/** Times in milliseconds, in the order in which the answers came. */
	readonly ms: readonly number[];
	readonly asked: number;
	readonly failures: readonly string[];
}

/** Asks one endpoint or query of one side a number of times. */
export interface Sampler {
	readonly name: string;
	take(count: number, signal: AbortSignal): Promise<Taken>;
}

export interface HttpSamplerOptions {
	readonly baseUrl: string;
	readonly token: string | undefined;
	readonly connections: number;
	readonly timeoutSeconds: number;
	readonly openingPath: string;
}

/** Name, version and settings of what sends the requests. */
export function generatorOf(connections: number): string {
	return `${loadGenerator}, closed loop, ${connections} connection${connections === 1 ? "" : "s"}, Node ${process.versions.node}`;
}

export function httpSampler(
	endpoint: Endpoint,
	options: HttpSamplerOptions,
): Sampler {
	const body =
		endpoint.json === undefined ? undefined : JSON.stringify(endpoint.json);
	const headers = {
		accept: "application/json, text/html",
		...(body !== undefined && { "content-type": "application/json" }),
		...(endpoint.signedIn && { authorization: `Bearer ${options.token}` }),
	};
	return {
		name: endpoint.name,
		take: (count, signal) =>
			sendLoad(
				{
					url: new URL(endpoint.path, options.baseUrl).href,
					method: endpoint.method,
					headers,
					...(body !== undefined && { body }),
					connections: options.connections,
					perConnection: count,
					openingPath: options.openingPath,
					timeoutSeconds: options.timeoutSeconds,
				},
				signal,
			),
	};
}

export function querySampler(
	name: string,
	sql: string,
	session: Session,
): Sampler {
	return {
		name,
		async take(count, signal) {
			const ms: number[] = [];
			const failures: string[] = [];
			for (let nth = 0; nth < count; nth += 1) {
				signal.throwIfAborted();
				const startedAt = performance.now();
				try {
					await session.query(sql);
					ms.push(performance.now() - startedAt);
				} catch (error) {
					failures.push(reasonOf(error));
					if (failures.length >= 3) break;
				}
			}
			return { ms, asked: ms.length + failures.length, failures };
		},
	};
}
