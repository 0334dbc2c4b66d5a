import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../rehearsal/freePort.ts";
import { serverEnvironment } from "../../../rehearsal/images/build.ts";

export interface RunningServer {
	readonly apiUrl: string;
	readonly child: ChildProcess;
	/** Exit code and signal; settled whenever it ends, whoever ended it. */
	readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
	/** Ends it, unless it has ended already; answers as `ended`. */
	stop(): RunningServer["ended"];
}

/** Runs a bundled server, on a free port unless `PORT` says which, and waits until its `/health` answers 200. */
export async function runServer(
	folder: string,
	environment: Readonly<Record<string, string>>,
): Promise<RunningServer> {
	const port = Number(environment.PORT ?? (await freePort()));
	const child = spawn(process.execPath, ["server.mjs"], {
		cwd: folder,
		env: {
			PATH: process.env.PATH ?? "",
			HOST: "127.0.0.1",
			PORT: String(port),
			...serverEnvironment,
			...environment,
		},
		stdio: ["ignore", "pipe", "inherit"],
	});
	const ended = once(child, "exit") as unknown as RunningServer["ended"];
	// Its own word first: another server on this port would answer as healthy too.
	let listens = false;
	createInterface({ input: child.stdout }).on("line", (line) => {
		listens ||= line.endsWith(` listens on 127.0.0.1:${port}`);
	});
	const apiUrl = `http://127.0.0.1:${port}`;
	for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
		if (listens && (await isHealthy(apiUrl))) {
			return {
				apiUrl,
				child,
				ended,
				stop() {
					child.kill("SIGTERM");
					return ended;
				},
			};
		}
		await sleep(50);
	}
	child.kill("SIGKILL");
	await ended;
	throw new Error(
		child.exitCode === null
			? "the server did not become healthy in 10 s"
			: `the server ended with ${child.exitCode} before it was healthy`,
	);
}

function isHealthy(apiUrl: string): Promise<boolean> {
	return fetch(`${apiUrl}/health`).then(
		(answer) => answer.ok,
		() => false,
	);
}
