import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
	endProcess,
	identifyProcess,
	isRunning,
	type ProcessIdentity,
} from "../cloud/processes.ts";

/** A program that is to live on without who started it. */
export interface Program {
	readonly name: string;
	readonly command: string;
	readonly args: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	readonly folder: string;
	readonly logFile: string;
	/** The system user to run as; undefined: the own one. */
	readonly user?: { readonly uid: number; readonly gid: number } | undefined;
	/** Whether it does its work; asked until it does. */
	readonly ready: () => Promise<boolean>;
	readonly readyWithinMs: number;
}

/** Starts a program and waits until it is ready; when it ends or is late, it is ended and the error quotes its log. */
export async function startProgram(program: Program): Promise<ProcessIdentity> {
	const log = openSync(program.logFile, "a", 0o600);
	const child = spawn(program.command, program.args, {
		cwd: program.folder,
		env: { ...program.environment },
		detached: true,
		stdio: ["ignore", log, log],
		...program.user,
	});
	closeSync(log);
	const failure = new Promise<Error>((resolve) => child.once("error", resolve));
	const { pid } = child;
	if (pid === undefined) throw await failure;
	child.unref();
	const identity = identifyProcess(pid);
	const deadline = Date.now() + program.readyWithinMs;
	while (identity && isRunning(identity) && Date.now() < deadline) {
		if (await program.ready().catch(() => false)) return identity;
		await sleep(50);
	}
	const ended = !identity || !isRunning(identity);
	if (identity) await endProcess(identity);
	throw new Error(
		`the legacy ${program.name} ${ended ? "ended at its start" : `was not ready within ${program.readyWithinMs / 1000} seconds`}; the end of ${program.logFile}:\n${tailOf(program.logFile)}`,
	);
}

function tailOf(file: string): string {
	return readFileSync(file, "utf8").trim().split("\n").slice(-8).join("\n");
}
