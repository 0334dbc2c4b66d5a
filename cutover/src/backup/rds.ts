import { setTimeout as sleep } from "node:timers/promises";
import type { Talk } from "../console.ts";
import { durationText } from "../convert/progress.ts";
import { RefusedError } from "../errors.ts";
import type { Result } from "../outcome.ts";
import type { DatabaseFacts } from "./manifest.ts";

/** A database server of RDS. */
export interface RdsInstance {
	readonly id: string;
	/** For example `available`, `creating`, `backing-up`. */
	readonly status: string;
	readonly engineVersion: string;
	readonly address?: string;
	readonly database?: string;
	readonly storageBytes: number;
	/** What a restored one has to be like. */
	readonly subnetGroup?: string;
	readonly securityGroups: readonly string[];
	/** Newest moment that can be restored (ISO 8601). */
	readonly restorableUpTo?: string;
}

/** What is used of RDS. */
export interface RdsPort {
	/** Undefined when there is none of that name. */
	instance(id: string): Promise<RdsInstance | undefined>;
	createSnapshot(instance: string, snapshot: string): Promise<void>;
	/** Undefined when there is none of that name. */
	snapshotStatus(snapshot: string): Promise<string | undefined>;
	/** Makes a new instance as the source was at a moment; undefined: as late as possible. */
	restoreToTime(
		source: RdsInstance,
		target: string,
		at: Date | undefined,
	): Promise<void>;
	readonly pollIntervalMs: number;
}

/** RDS names know no underscores: `migration_20260801_021500` → `cutover-migration-20260801-021500`. */
export const snapshotName = (backup: string): string =>
	`cutover-${backup.replaceAll("_", "-")}`;

/** Takes a snapshot of an instance and waits until it can be used. */
export async function takeRdsSnapshot(
	rds: RdsPort,
	wanted: {
		readonly instance: string;
		readonly name: string;
		readonly timeoutSeconds: number;
	},
	talk: Talk,
	signal: AbortSignal,
): Promise<{ readonly id: string; readonly facts: DatabaseFacts }> {
	const instance = await requireInstance(rds, wanted.instance);
	const id = snapshotName(wanted.name);
	const at = new Date().toISOString();
	await rds.createSnapshot(wanted.instance, id);
	talk.say(`RDS makes the snapshot ${id} of ${wanted.instance}`);
	await waitFor(
		`snapshot ${id}`,
		() => rds.snapshotStatus(id),
		rds.pollIntervalMs,
		wanted.timeoutSeconds,
		talk,
		signal,
	);
	return {
		id,
		facts: {
			method: "rds snapshot",
			address: instance.address ?? wanted.instance,
			name: instance.database ?? "",
			server: instance.engineVersion,
			major: Number.parseInt(instance.engineVersion, 10) || 0,
			bytes: instance.storageBytes,
			at,
			walPosition: "",
			tables: [],
			roles: [],
		},
	};
}

/** Restores an instance to a moment, as a new instance beside the old one; the address is for the operator to switch. */
export async function restoreRds(
	rds: RdsPort,
	wanted: {
		readonly instance: string;
		readonly newInstance: string;
		readonly at: Date | undefined;
		readonly timeoutSeconds: number;
	},
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const source = await requireInstance(rds, wanted.instance);
	const latest = source.restorableUpTo;
	if (
		wanted.at !== undefined &&
		latest !== undefined &&
		wanted.at.getTime() > Date.parse(latest)
	) {
		throw new RefusedError(
			`expected a time up to ${latest}, which RDS can restore ${wanted.instance} to, got ${wanted.at.toISOString()}; wait some minutes, or name an earlier time`,
		);
	}
	const moment = wanted.at?.toISOString() ?? latest ?? "the latest moment";
	if ((await rds.instance(wanted.newInstance)) === undefined) {
		await rds.restoreToTime(source, wanted.newInstance, wanted.at);
		talk.say(`RDS restores ${wanted.instance} as ${wanted.newInstance}`);
	} else {
		talk.say(`${wanted.newInstance} exists already: waiting for it`);
	}
	await waitFor(
		`instance ${wanted.newInstance}`,
		async () => (await rds.instance(wanted.newInstance))?.status,
		rds.pollIntervalMs,
		wanted.timeoutSeconds,
		talk,
		signal,
	);
	const made = await rds.instance(wanted.newInstance);
	const seconds = (performance.now() - startedAt) / 1000;
	return {
		outcome: "passed",
		checks: [
			{
				name: "rds instance",
				outcome: "passed",
				expected: "available",
				actual: `${wanted.newInstance} is available at ${made?.address ?? "an address RDS did not tell"}, as ${wanted.instance} was at ${moment}`,
				seconds,
			},
		],
		next: `${wanted.newInstance} is a NEW instance; ${wanted.instance} still runs and has the traffic. Validate the new one, then switch the application's database address to ${made?.address ?? "it"}`,
		facts: { instance: wanted.newInstance, address: made?.address, seconds },
	};
}

async function requireInstance(rds: RdsPort, id: string): Promise<RdsInstance> {
	const found = await rds.instance(id);
	if (found !== undefined) return found;
	throw new RefusedError(
		`RDS knows no instance ${id} in this account and region; check --rds-instance, AWS_REGION and the credentials`,
	);
}

async function waitFor(
	what: string,
	ask: () => Promise<string | undefined>,
	pollIntervalMs: number,
	timeoutSeconds: number,
	talk: Talk,
	signal: AbortSignal,
): Promise<void> {
	const startedAt = performance.now();
	for (;;) {
		signal.throwIfAborted();
		const status = await ask();
		if (status === "available") return;
		const seconds = (performance.now() - startedAt) / 1000;
		if (status !== undefined && /fail|incompatible|delet/.test(status)) {
			throw new RefusedError(
				`expected the ${what} to become available, got ${status}; look into the events of RDS`,
			);
		}
		if (seconds > timeoutSeconds) {
			throw new RefusedError(
				`the ${what} is ${status ?? "not there"} after ${durationText(seconds)}; RDS goes on: run the same again to wait for it, or set --timeout-seconds`,
			);
		}
		talk.progress(
			`${what}: ${status ?? "not there yet"}, ${durationText(seconds)}`,
		);
		await sleep(pollIntervalMs, undefined, { signal }).catch(() => undefined);
	}
}
