import type { Cloud, Properties } from "../handler.ts";
import { endProcess, isRunning } from "../processes.ts";
import { type Container, parseContainers } from "./containers.ts";
import {
	LaunchError,
	type LaunchedContainer,
	launch,
	signalGroup,
} from "./launch.ts";
import {
	ecsArn,
	lastPart,
	newTaskId,
	type Task,
	type TaskContainer,
	type TaskDefinition,
	tasks,
} from "./model.ts";
import { parseOverrides } from "./overrides.ts";

export interface StartRequest {
	readonly clusterArn: string;
	readonly definition: TaskDefinition;
	readonly group: string;
	readonly startedBy?: string | undefined;
	readonly revisionArn?: string | undefined;
	readonly overrides?: Properties | undefined;
}

interface LiveTask {
	readonly containers: Map<string, LaunchedContainer>;
	readonly definitions: readonly Container[];
	readonly stopped: Promise<void>;
	settle(): void;
	stopping: boolean;
}

/** Tasks whose processes are children of this daemon, by ARN. */
const live = new Map<string, LiveTask>();
/** Stopped tasks are forgotten, as ECS forgets them after an hour. */
const stoppedKept = 60;

/** Records a task and starts its processes; answers at once, as RunTask does. */
export function startTask(request: StartRequest, cloud: Cloud): Task {
	const { clusterArn, definition, overrides = {} } = request;
	const containers = parseContainers(definition.containerDefinitions);
	const arn = ecsArn(cloud, `task/${lastPart(clusterArn)}/${newTaskId()}`);
	const task = tasks.put(cloud, {
		arn,
		clusterArn,
		definitionArn: definition.arn,
		group: request.group,
		startedBy: request.startedBy,
		revisionArn: request.revisionArn,
		overrides,
		createdAt: Date.now(),
		lastStatus: "PROVISIONING",
		desiredStatus: "RUNNING",
		containers: containers.map(({ name, image }) => ({
			name,
			image,
			lastStatus: "PENDING",
		})),
	});
	let settle = () => {};
	const stopped = new Promise<void>((resolve) => {
		settle = resolve;
	});
	live.set(arn, {
		containers: new Map(),
		definitions: containers,
		stopped,
		settle,
		stopping: false,
	});
	void run(arn, definition, overrides, cloud);
	return task;
}

/** Ends a task: SIGTERM, and SIGKILL after each container's stopTimeout. Resolves when its processes are gone. */
export async function stopTask(
	arn: string,
	why: { readonly stopCode: string; readonly stoppedReason: string },
	cloud: Cloud,
): Promise<void> {
	const task = tasks.change(cloud, arn, (task) =>
		task.lastStatus === "STOPPED"
			? {}
			: {
					desiredStatus: "STOPPED",
					lastStatus: "STOPPING",
					stoppingAt: task.stoppingAt ?? Date.now(),
					stopCode: task.stopCode ?? why.stopCode,
					stoppedReason: task.stoppedReason ?? why.stoppedReason,
				},
	);
	const alive = live.get(arn);
	if (!task || !alive) {
		return;
	}
	endContainers(alive);
	await alive.stopped;
}

/** Ends what a former daemon left running; its tasks count as stopped. */
export async function reapTasks(
	cloud: Cloud,
	belongs: (task: Task) => boolean,
): Promise<void> {
	const left = tasks
		.list(cloud)
		.filter(
			(task) =>
				task.lastStatus !== "STOPPED" && !live.has(task.arn) && belongs(task),
		);
	await Promise.all(
		left.map(async (task) => {
			await Promise.all(task.containers.map(reapContainer));
			finish(cloud, task.arn, {
				stopCode: "InfrastructureHealth",
				stoppedReason: "the laptop cloud was restarted",
			});
		}),
	);
}

export function isLive(taskArn: string): boolean {
	return live.has(taskArn);
}

async function run(
	arn: string,
	definition: TaskDefinition,
	given: Properties,
	cloud: Cloud,
): Promise<void> {
	const alive = live.get(arn);
	if (!alive) {
		return;
	}
	const overrides = parseOverrides(given);
	try {
		for (const container of alive.definitions) {
			const launched = await launch(
				{
					container,
					taskArn: arn,
					family: definition.family,
					overrides: overrides.get(container.name) ?? { environment: [] },
				},
				cloud,
			);
			alive.containers.set(container.name, launched);
			setContainer(cloud, arn, container.name, {
				port: launched.port,
				process: launched.identity,
				lastStatus: "RUNNING",
			});
			void watch(arn, container, launched, alive, cloud);
		}
		tasks.change(cloud, arn, (task) =>
			task.lastStatus === "PROVISIONING"
				? { lastStatus: "RUNNING", startedAt: Date.now() }
				: {},
		);
		if (alive.stopping) {
			endContainers(alive);
		}
	} catch (error) {
		const stoppedReason =
			error instanceof LaunchError ? error.message : String(error);
		tasks.change(cloud, arn, () => ({
			stopCode: "TaskFailedToStart",
			stoppedReason,
		}));
		endContainers(alive);
		await Promise.all(
			[...alive.containers.values()].map(({ exited }) => exited),
		);
		settle(arn, alive, cloud);
	}
}

async function watch(
	arn: string,
	container: Container,
	launched: LaunchedContainer,
	alive: LiveTask,
	cloud: Cloud,
): Promise<void> {
	const exitCode = await launched.exited;
	const lastLines = await launched.lastLines();
	if (launched.child.pid !== undefined) {
		// Children that the process left behind are part of the container.
		signalGroup(launched.child.pid, "SIGKILL");
	}
	setContainer(cloud, arn, container.name, {
		exitCode,
		lastStatus: "STOPPED",
		process: undefined,
	});
	if (container.essential) {
		tasks.change(cloud, arn, (task) => ({
			desiredStatus: "STOPPED",
			lastStatus: "STOPPING",
			stopCode: task.stopCode ?? "EssentialContainerExited",
			stoppedReason: task.stoppedReason ?? "Essential container in task exited",
			lastLines,
		}));
		endContainers(alive);
	}
	const task = tasks.get(cloud, arn);
	const allStarted = alive.containers.size === alive.definitions.length;
	if (
		allStarted &&
		task?.containers.every(({ lastStatus }) => lastStatus === "STOPPED")
	) {
		settle(arn, alive, cloud);
	}
}

function endContainers(alive: LiveTask): void {
	alive.stopping = true;
	for (const { name, stopTimeoutSeconds } of alive.definitions) {
		const launched = alive.containers.get(name);
		const pid = launched?.child.pid;
		if (!launched || pid === undefined || launched.child.exitCode !== null) {
			continue;
		}
		signalGroup(pid, "SIGTERM");
		const kill = setTimeout(
			() => signalGroup(pid, "SIGKILL"),
			stopTimeoutSeconds * 1_000,
		);
		void launched.exited.then(() => clearTimeout(kill));
	}
}

function settle(arn: string, alive: LiveTask, cloud: Cloud): void {
	live.delete(arn);
	finish(cloud, arn, {});
	forgetOld(cloud);
	alive.settle();
}

function finish(cloud: Cloud, arn: string, why: Partial<Task>): void {
	tasks.change(cloud, arn, (task) => ({
		...why,
		desiredStatus: "STOPPED",
		lastStatus: "STOPPED",
		stoppingAt: task.stoppingAt ?? Date.now(),
		stoppedAt: Date.now(),
		containers: task.containers.map((container) => ({
			...container,
			process: undefined,
			lastStatus: "STOPPED",
		})),
	}));
}

function setContainer(
	cloud: Cloud,
	arn: string,
	name: string,
	change: Partial<TaskContainer>,
): void {
	tasks.change(cloud, arn, (task) => ({
		containers: task.containers.map((container) =>
			container.name === name ? { ...container, ...change } : container,
		),
	}));
}

async function reapContainer({ process: left }: TaskContainer): Promise<void> {
	if (left && isRunning(left)) {
		signalGroup(left.pid, "SIGTERM");
		await endProcess(left, { graceMs: 2_000 });
		signalGroup(left.pid, "SIGKILL");
	}
}

function forgetOld(cloud: Cloud): void {
	const stopped = tasks
		.list(cloud)
		.filter(({ lastStatus }) => lastStatus === "STOPPED")
		.sort((a, b) => (b.stoppedAt ?? 0) - (a.stoppedAt ?? 0));
	for (const { arn } of stopped.slice(stoppedKept)) {
		tasks.remove(cloud, arn);
	}
}
