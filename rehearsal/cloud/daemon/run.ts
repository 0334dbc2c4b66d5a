import { existsSync } from "node:fs";
import type { Server } from "node:http";
import type { Endpoint, LaptopPlaces } from "../../engine/places.ts";
import type { ResourceHandler } from "../handler.ts";
import {
	openCloud,
	removeCloud,
	reviveAll,
	suspendAll,
} from "./laptopCloud.ts";
import { acquireLock } from "./lock.ts";
import { createLaptopServer } from "./server.ts";

export interface DaemonOptions {
	readonly places: LaptopPlaces;
	readonly endpoint: Endpoint;
	readonly handlers: Readonly<Record<string, ResourceHandler>>;
	/** How long a cloud without resources waits for the next request. Default one minute. */
	readonly idleMs?: number;
}

/** The port of endpoint.json belongs to somebody else. */
export class PortInUseError extends Error {
	override readonly name = "PortInUseError";

	constructor(port: number, file: string) {
		super(
			`port ${port} on 127.0.0.1 is in use by another program; end that program, or, while no stack lives on the laptop cloud, delete ${file} and another port is chosen`,
		);
	}
}

/**
 * Runs the laptop cloud of one home until it is told to end or its last resource is gone. Its database servers outlive
 * it and are adopted by the next one; `shutdown` ends them too.
 * @throws AlreadyRunningError, PortInUseError
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
	const { places, endpoint, handlers } = options;
	const release = await acquireLock(places.home);
	try {
		await serve(options);
	} finally {
		release();
	}
	async function serve({ idleMs = 60_000 }: DaemonOptions): Promise<void> {
		let end = () => {};
		const ended = new Promise<void>((resolve) => {
			end = resolve;
		});
		let revived = () => {};
		const ready = new Promise<void>((resolve) => {
			revived = resolve;
		});
		const laptop = openCloud(places.cloud, endpoint, handlers);
		const { store, cloud } = laptop;
		let removeFolder = false;
		let requestsAtWork = 0;
		let idle: NodeJS.Timeout | undefined;
		const endWhenEmpty = (waitMs: number) => {
			clearTimeout(idle);
			if (store.size > 0 || requestsAtWork > 0) return;
			idle = setTimeout(() => {
				removeFolder = true;
				end();
			}, waitMs);
		};
		let hadResources = store.size > 0;
		const server = createLaptopServer({
			endpoint,
			laptop,
			ready,
			own: {
				async ping() {
					return { pid: process.pid, resources: store.size };
				},
				async shutdown(request) {
					await ready;
					await suspendAll(laptop);
					removeFolder = "remove" in request && request.remove === true;
					setImmediate(end);
					return {};
				},
			},
			beforeRequest() {
				requestsAtWork += 1;
				clearTimeout(idle);
			},
			afterRequest() {
				requestsAtWork -= 1;
				endWhenEmpty(hadResources && store.size === 0 ? 400 : idleMs);
				hadResources = store.size > 0;
			},
		});
		await listen(server, endpoint.port, places.endpointFile);
		cloud.log(
			`laptop cloud on 127.0.0.1:${endpoint.port}, process ${process.pid}, ${store.size} resources, a minute takes ${cloud.minuteSeconds} s`,
		);
		for (const signal of ["SIGTERM", "SIGINT"] as const)
			process.once(signal, () => end());
		await reviveAll(laptop);
		revived();
		endWhenEmpty(idleMs);
		await ended;
		clearTimeout(idle);
		await close(server);
		if (existsSync(places.cloud)) store.flush();
		cloud.log(
			removeFolder ? "no resource is left: removed" : "ended, state kept",
		);
		if (removeFolder) removeCloud(places.cloud);
	}
}

function listen(server: Server, port: number, file: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", (error: NodeJS.ErrnoException) =>
			reject(
				error.code === "EADDRINUSE" ? new PortInUseError(port, file) : error,
			),
		);
		server.listen(port, "127.0.0.1", resolve);
	});
}

function close(server: Server): Promise<void> {
	return new Promise((resolve) => {
		server.close(() => resolve());
		server.closeIdleConnections();
		setTimeout(() => server.closeAllConnections(), 1000).unref();
	});
}
