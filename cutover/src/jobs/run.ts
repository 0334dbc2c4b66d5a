import { setTimeout as sleep } from "node:timers/promises";
import type { TaskState, Tasks } from "../adapters/ecs.ts";
import type { LogReader } from "../adapters/logs.ts";
import type { Talk } from "../console.ts";
import { RefusedError } from "../errors.ts";
import type { Outcome, Result } from "../outcome.ts";
import type { JobSettings } from "./settings.ts";

/** The services a job runs on. */
export interface JobPorts {
	readonly tasks: Tasks;
	readonly openLog: (group: string, stream: string) => Promise<LogReader>;
	readonly pollIntervalMs: number;
}

/** Log lines repeated when a job fails. */
const lastLines = 20;

/** Longest wait for a task that was told to stop. */
const stopTimeoutMs = 60_000;

/**
 * Starts a task, or joins the one that an interrupted update left running; shows its log, waits for its end and takes its exit code over.
 */
export async function runJob(
	settings: JobSettings,
	ports: JobPorts,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const seconds = () => (performance.now() - startedAt) / 1000;
	const { tasks } = ports;
	const place = await tasks.logPlace(settings.taskDefinition);
	signal.throwIfAborted();
	const left = await leftRunning(settings, ports, talk);
	const task = left ?? (await tasks.start(settings));
	const id = idOf(task);
	talk.say(`task ${id} ${left ? "runs already: waiting for it" : "started"}`);
	const log =
		place &&
		(await ports.openLog(
			settings.logGroup,
			`${place.prefix}/${place.container}/${id}`,
		));
	const seen: string[] = [];
	const showLog = async () => {
		for (const line of (await log?.next()) ?? []) {
			talk.say(`| ${line}`);
			seen.push(line);
			if (seen.length > lastLines) seen.shift();
		}
	};
	let stopped: string | undefined;
	let state: TaskState | undefined;
	for (;;) {
		state = await tasks.state(settings.cluster, task);
		await showLog();
		if (state?.status === "STOPPED") break;
		if (stopped === undefined) {
			if (signal.aborted) stopped = "the update was stopped";
			else if (seconds() > settings.timeoutSeconds) {
				stopped = `not done within ${settings.timeoutSeconds} s`;
			}
			if (stopped !== undefined) {
				talk.say(`stopping task ${id}: ${stopped}`);
				await tasks.stop(settings.cluster, task, `cutover: ${stopped}`);
			}
		} else if (seconds() > settings.timeoutSeconds + stopTimeoutMs / 1000) {
			break;
		}
		await sleep(ports.pollIntervalMs);
	}
	await showLog();
	return jobResult({ task, state, stopped, seen, seconds: seconds() });
}

/**
 * The task of this very definition that runs already. One of another revision is ended first: two of them would work on
 * the same data.
 */
async function leftRunning(
	{ cluster, taskDefinition }: JobSettings,
	{ tasks, pollIntervalMs }: JobPorts,
	talk: Talk,
): Promise<string | undefined> {
	const running = await tasks.running(cluster, taskDefinition);
	for (const other of running) {
		if (other.taskDefinition === taskDefinition) continue;
		talk.say(`stopping task ${idOf(other.arn)}, which another version started`);
		await tasks.stop(cluster, other.arn, "cutover: superseded");
		const deadline = performance.now() + stopTimeoutMs;
		while ((await tasks.state(cluster, other.arn))?.status !== "STOPPED") {
			if (performance.now() > deadline) {
				throw new RefusedError(
					`task ${idOf(other.arn)} of another version did not end within ${stopTimeoutMs / 1000} s; end it, then repeat the update`,
				);
			}
			await sleep(pollIntervalMs);
		}
	}
	return running.find((task) => task.taskDefinition === taskDefinition)?.arn;
}

const idOf = (task: string): string => task.split("/").at(-1) ?? task;

/** The outcome that a container's exit code stands for. */
export function outcomeOfExit(exitCode: number | undefined): Outcome {
	if (exitCode === 0) return "passed";
	return exitCode === 3 ? "inconclusive" : "failed";
}

function jobResult(end: {
	readonly task: string;
	readonly state: TaskState | undefined;
	readonly stopped: string | undefined;
	readonly seen: readonly string[];
	readonly seconds: number;
}): Result {
	const { state, stopped } = end;
	const outcome =
		stopped === undefined ? outcomeOfExit(state?.exitCode) : "failed";
	const why = [
		stopped,
		state?.exitCode === undefined
			? "no exit code"
			: `exit code ${state.exitCode}`,
		state?.stoppedReason,
	].filter((part) => part !== undefined);
	return {
		outcome,
		checks: [
			{
				name: "job",
				outcome,
				expected: "exit code 0",
				actual: why.join("; "),
				details: outcome === "passed" ? [] : end.seen,
				seconds: end.seconds,
			},
		],
		next:
			outcome === "passed"
				? "The job is done"
				: `The job did not finish its work: ${why.join("; ")}; every job may be run again: repeat the update`,
		facts: {
			task: end.task,
			...(state?.exitCode !== undefined && { exitCode: state.exitCode }),
		},
	};
}
