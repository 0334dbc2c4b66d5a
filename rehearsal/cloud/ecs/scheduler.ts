import { balancingOf } from "../elb/balancing.ts";
import type { Cloud } from "../handler.ts";
import {
	definitions,
	lastPart,
	type Revision,
	revisions,
	type Service,
	services,
	type Task,
	tasks,
} from "./model.ts";
import { describeEnd, isHealthy, servingPort } from "./revisionTasks.ts";
import { addEvent } from "./serviceEvents.ts";
import { serviceInputs } from "./serviceInputs.ts";
import { isLive, startTask, stopTask } from "./tasks.ts";

const tickMs = 300;
/** A revision whose task has been healthy this long starts its next one without delay again. */
const soundAfterMs = 10_000;
const longestBackOffMs = 30_000;

interface Watch {
	/** What ended earlier was counted by the watch before this one. */
	readonly since: number;
	timer: NodeJS.Timeout | undefined;
	/** Failures in a row and the time before which no new task is started, by revision. */
	readonly failures: Map<string, Failures & { readonly notBefore: number }>;
	/** Tasks whose end was counted. */
	readonly counted: Set<string>;
	readonly stopping: Set<string>;
}

const watches = new Map<string, Watch>();

/** Keeps the wanted number of tasks of every revision alive, and registers them, until `unwatchService`. */
export function watchService(serviceArn: string, cloud: Cloud): void {
	const key = watchKey(serviceArn, cloud);
	if (watches.has(key)) {
		return;
	}
	const watch: Watch = {
		since: Date.now(),
		timer: undefined,
		failures: new Map(),
		counted: new Set(),
		stopping: new Set(),
	};
	watches.set(key, watch);
	const tick = () => {
		if (watches.get(key) !== watch) {
			return;
		}
		try {
			reconcile(serviceArn, watch, cloud);
		} catch (error) {
			cloud.log(`(service ${lastPart(serviceArn)}) ${String(error)}`);
		}
		watch.timer = setTimeout(tick, tickMs);
	};
	tick();
}

export function unwatchService(serviceArn: string, cloud: Cloud): void {
	const key = watchKey(serviceArn, cloud);
	clearTimeout(watches.get(key)?.timer);
	watches.delete(key);
}

/** Sets how many tasks a revision should have; a revision that is not named in a service has none. */
export function want(
	cloud: Cloud,
	serviceArn: string,
	revisionArn: string,
	count: number,
): void {
	services.change(cloud, serviceArn, ({ wanted }) => ({
		wanted: { ...wanted, [revisionArn]: count },
	}));
}

export interface Failures {
	/** In a row, since a task of the revision was last sound. */
	readonly count: number;
	/** How the last of them ended. */
	readonly last: string;
}

/** What went wrong with the tasks of a revision. */
export function failuresOf(
	cloud: Cloud,
	serviceArn: string,
	revisionArn: string,
): Failures {
	const watch = watches.get(watchKey(serviceArn, cloud));
	return watch?.failures.get(revisionArn) ?? { count: 0, last: "" };
}

/** Takes a task out of its target group, waits for its requests under way, and ends it. */
export async function drainAndStop(
	task: Task,
	revision: Revision | undefined,
	service: Service,
	stoppedReason: string,
	cloud: Cloud,
): Promise<void> {
	const port = revision && servingPort(task, service);
	if (revision?.targetGroupArn && port !== undefined) {
		await balancingOf(cloud).deregister(
			revision.targetGroupArn,
			"127.0.0.1",
			port,
		);
	}
	const stopCode = "ServiceSchedulerInitiated";
	await stopTask(task.arn, { stopCode, stoppedReason }, cloud);
}

function reconcile(serviceArn: string, watch: Watch, cloud: Cloud): void {
	const service = services.get(cloud, serviceArn);
	if (!service) {
		unwatchService(serviceArn, cloud);
		return;
	}
	const all = tasks.list(cloud);
	const own = (task: Task) =>
		task.clusterArn === service.clusterArn &&
		task.group === `service:${service.name}`;
	for (const task of all.filter(own)) {
		const revision = revisions.get(cloud, task.revisionArn ?? "");
		if (task.lastStatus === "STOPPED") {
			noteEnd(task, revision, service, watch, cloud);
		} else if (task.lastStatus === "RUNNING" && isLive(task.arn)) {
			noteHealth(task, revision, service, watch, cloud);
		}
	}
	for (const [revisionArn, count] of Object.entries(service.wanted)) {
		const present = all.filter(
			(task) =>
				task.revisionArn === revisionArn &&
				task.lastStatus !== "STOPPED" &&
				!watch.stopping.has(task.arn),
		);
		scale(revisionArn, count, present, service, watch, cloud);
	}
}

function scale(
	revisionArn: string,
	count: number,
	present: readonly Task[],
	service: Service,
	watch: Watch,
	cloud: Cloud,
): void {
	const revision = revisions.get(cloud, revisionArn);
	const notBefore = watch.failures.get(revisionArn)?.notBefore ?? 0;
	const definition = definitions.get(cloud, revision?.taskDefinition ?? "");
	if (definition && present.length < count && Date.now() >= notBefore) {
		const started = Array.from({ length: count - present.length }, () =>
			startTask(
				{
					clusterArn: service.clusterArn,
					definition,
					group: `service:${service.name}`,
					startedBy: `ecs-svc/${lastPart(revisionArn)}`,
					revisionArn,
				},
				cloud,
			),
		);
		addEvent(
			cloud,
			service.arn,
			`has started ${started.length} tasks: ${started.map(({ arn }) => `(task ${lastPart(arn)})`).join(" ")}.`,
		);
	}
	for (const task of present.slice(count)) {
		const reason = `Scaling activity initiated by (deployment ecs-svc/${lastPart(revisionArn)})`;
		end(task, revision, service, reason, watch, cloud);
	}
}

function noteHealth(
	task: Task,
	revision: Revision | undefined,
	service: Service,
	watch: Watch,
	cloud: Cloud,
): void {
	if (!revision || watch.stopping.has(task.arn)) {
		return;
	}
	const port = servingPort(task, service);
	const group = revision.targetGroupArn;
	if (group && port !== undefined) {
		const state = balancingOf(cloud).targetState(group, "127.0.0.1", port);
		if (state === undefined) {
			balancingOf(cloud).register(group, "127.0.0.1", port);
			return;
		}
		const grace = serviceInputs(service.inputs).healthCheckGracePeriodSeconds;
		const seconds = (Date.now() - (task.startedAt ?? task.createdAt)) / 1_000;
		if (state === "unhealthy" && seconds >= grace) {
			const reason = `Task failed ELB health checks in (target-group ${group})`;
			countFailure(task, reason, watch);
			end(task, revision, service, reason, watch, cloud);
			return;
		}
	}
	if (
		Date.now() - (task.startedAt ?? Date.now()) > soundAfterMs &&
		isHealthy(task, revision, service, cloud)
	) {
		watch.failures.delete(revision.arn);
	}
}

/** A task that nobody stopped has failed: the next one of its revision waits longer. */
function noteEnd(
	task: Task,
	revision: Revision | undefined,
	service: Service,
	watch: Watch,
	cloud: Cloud,
): void {
	if (watch.counted.has(task.arn)) {
		return;
	}
	watch.counted.add(task.arn);
	const port = servingPort(task, service);
	if (revision?.targetGroupArn && port !== undefined) {
		void balancingOf(cloud).deregister(
			revision.targetGroupArn,
			"127.0.0.1",
			port,
		);
	}
	const failed =
		task.stopCode === "EssentialContainerExited" ||
		task.stopCode === "TaskFailedToStart";
	if (failed && (task.stoppedAt ?? 0) >= watch.since) {
		const ending = describeEnd(task);
		countFailure(task, ending, watch);
		const id = lastPart(task.arn);
		addEvent(cloud, service.arn, `(task ${id}) stopped: ${ending}`);
	}
}

function countFailure(task: Task, last: string, watch: Watch): void {
	watch.counted.add(task.arn);
	const revisionArn = task.revisionArn ?? "";
	const before = watch.failures.get(revisionArn)?.count ?? 0;
	const backOff = Math.min(longestBackOffMs, 500 * 2 ** before);
	watch.failures.set(revisionArn, {
		count: before + 1,
		last,
		notBefore: Date.now() + backOff,
	});
}

function end(
	task: Task,
	revision: Revision | undefined,
	service: Service,
	reason: string,
	watch: Watch,
	cloud: Cloud,
): void {
	watch.stopping.add(task.arn);
	watch.counted.add(task.arn);
	drainAndStop(task, revision, service, reason, cloud)
		.catch((error: unknown) =>
			cloud.log(`(service ${service.name}) stopping a task: ${String(error)}`),
		)
		.finally(() => watch.stopping.delete(task.arn));
}

function watchKey(serviceArn: string, cloud: Cloud): string {
	return `${cloud.root} ${serviceArn}`;
}
