import { mkdirSync, rmSync } from "node:fs";
import type { Endpoint } from "../../engine/places.ts";
import type { Cloud, ResourceHandler } from "../handler.ts";
import { accountId, region } from "../naming.ts";
import { CallLog } from "./calls.ts";
import { currentRequest, latestEnginePid } from "./context.ts";
import { crashEngine } from "./crashEngine.ts";
import { Faults } from "./faults.ts";
import { Store } from "./store.ts";

/** The parts of a running laptop cloud. */
export interface LaptopCloud {
	readonly cloud: Cloud;
	readonly store: Store;
	readonly calls: CallLog;
	readonly faults: Faults;
	readonly handlers: Readonly<Record<string, ResourceHandler>>;
}

/** Opens or makes the cloud's folder. 0711: the database servers' own user passes through it. */
export function openCloud(
	folder: string,
	endpoint: Endpoint,
	handlers: Readonly<Record<string, ResourceHandler>>,
): LaptopCloud {
	mkdirSync(folder, { recursive: true, mode: 0o711 });
	const store = new Store(folder);
	const faults = new Faults(() => crashEngine(latestEnginePid()));
	const cloud: Cloud = {
		region,
		accountId,
		root: folder,
		endpoint: `http://127.0.0.1:${endpoint.port}`,
		accessKeyId: endpoint.accessKeyId,
		secretAccessKey: endpoint.secretAccessKey,
		minuteSeconds: parseMinute(process.env.LAPTOP_MINUTE_SECONDS),
		resources: store.resources,
		documents: store.documents,
		log(message) {
			console.error(`${new Date().toISOString()} ${message}`);
			currentRequest().tell?.(message);
		},
		faultPoint: (place) => faults.at(place),
	};
	return { cloud, store, calls: new CallLog(folder), faults, handlers };
}

/** Brings back processes and listeners after a restart, in the order in which the resources were made. */
export async function reviveAll({
	cloud,
	store,
	handlers,
}: LaptopCloud): Promise<void> {
	for (const { type, id, outputs } of [...store.all()]) {
		try {
			await handlers[type]?.revive?.(id, outputs, cloud);
		} catch (error) {
			cloud.log(`could not bring back ${type} ${id}: ${messageOf(error)}`);
		}
	}
}

/** Ends every process and listener, last made first; data stays. */
export async function suspendAll({
	cloud,
	store,
	handlers,
}: LaptopCloud): Promise<void> {
	for (const { type, id, outputs } of [...store.all()].reverse()) {
		try {
			await handlers[type]?.suspend?.(id, outputs, cloud);
		} catch (error) {
			cloud.log(`could not end ${type} ${id}: ${messageOf(error)}`);
		}
	}
}

export function removeCloud(folder: string): void {
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

export const messageOf = (error: unknown): string =>
	error instanceof Error ? error.message : String(error);

function parseMinute(text: string | undefined): number {
	const seconds = Number(text ?? 1);
	if (!(seconds > 0))
		throw new Error(
			`LAPTOP_MINUTE_SECONDS: expected seconds above 0, got ${text}`,
		);
	return seconds;
}
