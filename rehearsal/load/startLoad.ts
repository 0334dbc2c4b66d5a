import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadOptions } from "./options.ts";
import type { LoadReport } from "./tally.ts";

export interface RunningLoad {
	readonly pid: number;
	/** What was seen so far, at most a second old. */
	snapshot(): LoadReport;
	/** Requests per second from now on. */
	setRate(ratePerSecond: number): void;
	/** Lets what is under way finish, ends the process and answers the final report. */
	stop(): Promise<LoadReport>;
}

/** The memory belongs to what is measured. */
const smallHeap = ["--max-semi-space-size=2", "--max-old-space-size=64"];
/** Slow uploads take up to 3 s; an answer may take 15 s. */
const stopTimeoutMs = 25_000;

/**
 * Starts the load generator in a process of its own and waits until it is signed in.
 * @param bundle the bundled `load/main.ts`
 * @param folder keeps its options, 0600
 */
export async function startLoad(
	bundle: string,
	folder: string,
	options: LoadOptions,
): Promise<RunningLoad> {
	const optionsFile = join(folder, "options.json");
	writeFileSync(optionsFile, JSON.stringify(options), { mode: 0o600 });
	const child = spawn(process.execPath, [...smallHeap, bundle, optionsFile], {
		stdio: ["ignore", "pipe", "pipe", "ipc"],
	});
	const { stdout, stderr } = child;
	if (!stdout || !stderr) throw new Error("the load generator has no output");
	const complaints: string[] = [];
	stderr.on("data", (chunk: Buffer) => complaints.push(chunk.toString()));
	const ended = once(child, "exit");
	await Promise.race([
		once(stdout, "data"),
		ended.then(() => {
			throw new Error(
				`the load generator did not start: ${complaints.join("").slice(-2000)}`,
			);
		}),
	]);
	const snapshot = (): LoadReport =>
		JSON.parse(readFileSync(options.reportFile, "utf8"));
	return {
		pid: child.pid ?? 0,
		snapshot,
		setRate: (ratePerSecond) => void child.send({ ratePerSecond }),
		async stop() {
			await end(child, ended);
			if (child.exitCode !== 0)
				throw new Error(
					`the load generator broke off: ${complaints.join("").slice(-2000)}`,
				);
			return snapshot();
		},
	};
}

async function end(
	child: ChildProcess,
	ended: Promise<unknown>,
): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill("SIGTERM");
	const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
	await ended;
	clearTimeout(timer);
}
