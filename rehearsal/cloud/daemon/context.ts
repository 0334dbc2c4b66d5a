import { AsyncLocalStorage } from "node:async_hooks";

/** The request that the code below was called for. */
export interface RequestContext {
	readonly enginePid?: number;
	/** Shows a line to the person who waits for this request. */
	tell?(message: string): void;
}

const storage = new AsyncLocalStorage<RequestContext>();
let latestEngine: number | undefined;

/** Runs work of one request; what it starts in the background keeps belonging to it. */
export function withinRequest<T>(
	context: RequestContext,
	work: () => Promise<T>,
): Promise<T> {
	if (context.enginePid !== undefined) latestEngine = context.enginePid;
	return storage.run(context, work);
}

export const currentRequest = (): RequestContext => storage.getStore() ?? {};

/** The engine that asked last: also known to work that outlived its request. */
export const latestEnginePid = (): number | undefined =>
	storage.getStore()?.enginePid ?? latestEngine;
