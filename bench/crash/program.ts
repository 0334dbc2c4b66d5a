import { spawn } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { bundleAll, bundleSources } from "../../rehearsal/engine/bundles.ts";

/** How a run of the command line ended. */
export interface Ended {
	/** Undefined when a signal ended it. */
	readonly exitCode: number | undefined;
	/** What it said to people. */
	readonly said: string;
	readonly stdout: string;
	readonly seconds: number;
}

/** A run of the command line under way. */
export interface Running {
	readonly ended: Promise<Ended>;
	isRunning(): boolean;
	signal(name: "SIGKILL" | "SIGTERM"): void;
}

/** Bundles the command line into a folder, with its migrations beside it; answers the file to start. */
export async function bundleProgram(folder: string): Promise<string> {
	const wanted = bundleSources.filter(({ name }) => name === "cutover");
	const { cutover } = await bundleAll(wanted);
	if (cutover === undefined) throw new Error("the command line has no bundle");
	await mkdir(folder, { recursive: true });
	const file = join(folder, "cutover.mjs");
	await cp(cutover, file);
	await cp("cutover/migrations", join(folder, "migrations"), {
		recursive: true,
	});
	return file;
}

/** Starts the command line as a process of its own; everything but the verb is given by environment. */
export function startProgram(
	file: string,
	argv: readonly string[],
	environment: Readonly<Record<string, string>>,
): Running {
	const startedAt = performance.now();
	const child = spawn(process.execPath, [file, ...argv, "--json"], {
		env: { PATH: process.env.PATH, ...environment },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let said = "";
	let stdout = "";
	child.stdout.on("data", (text: Buffer) => {
		stdout += text;
	});
	child.stderr.on("data", (text: Buffer) => {
		said += text;
	});
	const ended = new Promise<Ended>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code) =>
			resolve({
				exitCode: code ?? undefined,
				said,
				stdout,
				seconds: (performance.now() - startedAt) / 1000,
			}),
		);
	});
	return {
		ended,
		isRunning: () => child.exitCode === null && child.signalCode === null,
		signal: (name) => {
			child.kill(name);
		},
	};
}

/** Runs the command line to its end. */
export async function runToEnd(
	file: string,
	argv: readonly string[],
	environment: Readonly<Record<string, string>>,
): Promise<Ended> {
	return await startProgram(file, argv, environment).ended;
}
