import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../rehearsal/freePort.ts";

/** A copy of the backend. */
export interface Copy {
	readonly url: string;
	/** What each answer of a path is held back besides its share, in milliseconds. */
	setMissing(path: string, ms: number): Promise<void>;
	stop(): Promise<void>;
}

export interface CopyOptions {
	/** Folder of the bundled backend. */
	readonly folder: string;
	readonly environment: Readonly<Record<string, string>>;
	/** How many times as long its answers take. */
	readonly factor: number;
}

const stretch = fileURLToPath(new URL("./stretch.mjs", import.meta.url));

/** Starts a copy of the backend and waits until it is healthy. */
export async function startCopy(options: CopyOptions): Promise<Copy> {
	const port = await freePort();
	const child = spawn(process.execPath, ["--import", stretch, "server.mjs"], {
		cwd: options.folder,
		env: {
			PATH: process.env.PATH ?? "",
			NODE_ENV: "production",
			HOST: "127.0.0.1",
			PORT: String(port),
			STRETCH_FACTOR: String(options.factor),
			...options.environment,
		},
		stdio: ["ignore", "ignore", "inherit"],
	});
	// Heard from the start: Ctrl-C in a terminal reaches this process too, before anybody stops it.
	const ended = once(child, "exit");
	const url = `http://127.0.0.1:${port}`;
	await untilHealthy(url, child);
	return {
		url,
		async setMissing(path, ms) {
			const query = new URLSearchParams({ path, ms: String(ms) });
			await fetch(`${url}/-/missing?${query}`);
		},
		async stop() {
			child.kill("SIGTERM");
			await ended;
		},
	};
}

async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
	for (let tries = 0; tries < 400 && child.exitCode === null; tries += 1) {
		const healthy = await fetch(`${url}/health`).then(
			(answer) => answer.ok,
			() => false,
		);
		if (healthy) return;
		await sleep(50);
	}
	child.kill("SIGKILL");
	throw new Error("the backend did not become healthy in 20 s");
}
