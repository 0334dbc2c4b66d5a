import { type ChildProcess, spawn } from "node:child_process";
import { freePort } from "../../freePort.ts";
import { resolveImage } from "../ecr/registry.ts";
import type { Cloud } from "../handler.ts";
import { identifyProcess, type ProcessIdentity } from "../processes.ts";
import type { Container, Variable } from "./containers.ts";
import { lastPart } from "./model.ts";
import { processCommand, processEnvironment } from "./processEnvironment.ts";
import { openLog, resolveSecret } from "./surroundings.ts";

export interface LaunchRequest {
	readonly container: Container;
	readonly taskArn: string;
	readonly family: string;
	readonly overrides: {
		readonly command?: readonly string[] | undefined;
		readonly environment: readonly Variable[];
	};
}

/** A container's process and what is known of it while it lives. */
export interface LaunchedContainer {
	readonly child: ChildProcess;
	readonly identity: ProcessIdentity | undefined;
	readonly port: number;
	/** The last lines it wrote, newest last. */
	lastLines(): Promise<readonly string[]>;
	/** Exit code as a shell gives it: 128 + signal number for a process that was killed. */
	readonly exited: Promise<number>;
}

/** A container could not be started; the message is what ECS would say. */
export class LaunchError extends Error {
	constructor(message: string, cause?: unknown) {
		super(message, { cause });
		this.name = "LaunchError";
	}
}

const signalNumbers: Readonly<Record<string, number>> = {
	SIGHUP: 1,
	SIGINT: 2,
	SIGQUIT: 3,
	SIGABRT: 6,
	SIGKILL: 9,
	SIGSEGV: 11,
	SIGPIPE: 13,
	SIGTERM: 15,
};

/** Starts a container's process in a process group of its own. @throws LaunchError */
export async function launch(
	request: LaunchRequest,
	cloud: Cloud,
): Promise<LaunchedContainer> {
	const { container, taskArn, overrides } = request;
	const image = await orLaunchError("CannotPullContainerError", async () =>
		resolveImage(cloud.root, container.image),
	);
	const secrets = await orLaunchError(
		"ResourceInitializationError: unable to pull secrets",
		() =>
			Promise.all(
				container.secrets.map(async ({ name, valueFrom }) => ({
					name,
					value: await resolveSecret(cloud, valueFrom),
				})),
			),
	);
	const log = await orLaunchError(
		"ResourceInitializationError: failed to validate logger args",
		() => openLog(cloud, container.logGroup, streamOf(request)),
	);
	const port = await freePort();
	const [program, parameters] = processCommand(
		image.command,
		container.entryPoint,
		overrides.command ?? container.command,
	);
	try {
		const child = spawn(program, parameters, {
			cwd: image.folder,
			detached: true,
			// Straight into the file: a task's last words are kept even when the daemon dies before it.
			stdio: ["ignore", log.handle.fd, log.handle.fd],
			env: processEnvironment({
				image: image.environment,
				definition: container.environment,
				secrets,
				overrides: overrides.environment,
				platform: {
					HOST: "127.0.0.1",
					PORT: String(port),
					AWS_ENDPOINT_URL: cloud.endpoint,
					AWS_REGION: cloud.region,
					AWS_ACCESS_KEY_ID: cloud.accessKeyId,
					AWS_SECRET_ACCESS_KEY: cloud.secretAccessKey,
					ECS_TASK_ARN: taskArn,
				},
			}),
		});
		const exited = exitOf(child);
		await orLaunchError("CannotStartContainerError", () => spawned(child));
		const identity =
			child.pid === undefined ? undefined : identifyProcess(child.pid);
		return { child, identity, port, lastLines: log.lastLines, exited };
	} finally {
		await log.handle.close();
	}
}

function streamOf({ container, taskArn }: LaunchRequest): string {
	return `${container.logStreamPrefix}/${container.name}/${lastPart(taskArn)}`;
}

function exitOf(child: ChildProcess): Promise<number> {
	return new Promise((resolve) => {
		child.once("exit", (code, signal) =>
			resolve(code ?? 128 + (signalNumbers[signal ?? ""] ?? 0)),
		);
		child.once("error", () => resolve(127));
	});
}

function spawned(child: ChildProcess): Promise<void> {
	return new Promise((resolve, reject) => {
		child.once("spawn", resolve);
		child.once("error", reject);
	});
}

/** Signals a container's whole process group, of which its process is the leader. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(-pid, signal);
	} catch {
		// The group has ended by itself.
	}
}

async function orLaunchError<T>(
	prefix: string,
	work: () => Promise<T>,
): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw new LaunchError(
			message.startsWith(prefix) ? message : `${prefix}: ${message}`,
			error,
		);
	}
}
