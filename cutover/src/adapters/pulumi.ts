import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { NotAvailableError } from "../errors.ts";

/** One run of the engine's command line. */
export interface PulumiRun {
	readonly args: readonly string[];
	/** Folder of Pulumi.yaml. */
	readonly cwd: string;
	/** The whole environment. */
	readonly env: Readonly<Record<string, string>>;
	readonly signal: AbortSignal;
	/** Time after which it is asked to stop. */
	readonly timeoutMs: number;
	/** Time that it gets to finish what is in flight, before it is asked again. */
	readonly graceMs: number;
	/** An update or a destruction: it takes the stack's lock and is not stopped before it listens. Default: a preview. */
	readonly takesLock?: boolean;
	/** Each line that it prints. Default: standard output is kept, and standard error thrown away but for its end. */
	readonly onLine?: (line: string) => void;
}

export interface PulumiEnd {
	/** Undefined when a signal ended it. */
	readonly exitCode: number | undefined;
	/** "exit code 255", "SIGKILL", "a time-out after 600 s". */
	readonly how: string;
	/** Kept only where no line is asked for. */
	readonly stdout: string;
	/** The last lines of what it complained about. */
	readonly lines: readonly string[];
	/** It was asked to stop before its end, by us. */
	readonly isStopped: boolean;
}

const keptLines = 40;
/** A preview of ten thousand resources has about 50 MB. */
const mostBytes = 256 * 1024 * 1024;
const lastGraceMs = 30_000;
/** Until an update listens it reads its state and takes its lock. */
const mostDeafMs = 60_000;

/**
 * Runs pulumi to its end. Asked to stop, or after its time, it gets the signal of one Ctrl-C: it then finishes what is in
 * flight, writes its state and gives its lock back. Only after `graceMs` it gets a second one, and at last SIGKILL, which leaves
 * the lock. An update that took its lock and does not listen yet would die of the signal, so that it comes a moment later.
 * It runs in a group of its own, so that a Ctrl-C on the terminal reaches it once, through us.
 *
 * @throws NotAvailableError when it is not installed.
 */
export async function runPulumiCli(run: PulumiRun): Promise<PulumiEnd> {
	run.signal.throwIfAborted();
	const child = spawn("pulumi", run.args, {
		cwd: run.cwd,
		env: { ...run.env },
		stdio: ["ignore", "pipe", "pipe"],
		detached: true,
	});
	const lines: string[] = [];
	const listening = new Listening();
	const keep = (line: string) => {
		listening.see(line);
		lines.push(line);
		if (lines.length > keptLines) lines.shift();
		run.onLine?.(line);
	};
	const stdout: Buffer[] = [];
	let bytes = 0;
	createInterface({ input: child.stderr }).on("line", keep);
	const { onLine } = run;
	if (onLine) createInterface({ input: child.stdout }).on("line", keep);
	else
		child.stdout.on("data", (chunk: Buffer) => {
			bytes += chunk.length;
			if (bytes <= mostBytes) stdout.push(chunk);
		});
	let stopped: string | undefined;
	const stop = (how: string) => {
		// A second request would cut off what is in flight.
		if (stopped !== undefined) return;
		stopped = how;
		if (run.takesLock)
			listening.whenHeard(() => stopGently(child, run.graceMs));
		else stopGently(child, run.graceMs);
	};
	const onAbort = () => stop("a request to stop");
	const timer = setTimeout(
		() => stop(`a time-out after ${run.timeoutMs / 1000} s`),
		run.timeoutMs,
	);
	// Whoever asks us twice does not want to wait, and neither shall it.
	const onExit = () => child.kill("SIGINT");
	run.signal.addEventListener("abort", onAbort, { once: true });
	process.once("exit", onExit);
	try {
		const { exitCode, how } = await ended(child);
		return {
			exitCode,
			how: stopped ?? how,
			stdout: bytes <= mostBytes ? Buffer.concat(stdout).toString() : "",
			lines,
			isStopped: stopped !== undefined,
		};
	} finally {
		clearTimeout(timer);
		listening.end();
		process.removeListener("exit", onExit);
		run.signal.removeEventListener("abort", onAbort);
	}
}

async function ended(
	child: ChildProcess,
): Promise<{ exitCode: number | undefined; how: string }> {
	return await new Promise((resolve, reject) => {
		child.once("error", (error) =>
			reject(
				(error as { code?: unknown }).code === "ENOENT"
					? new NotAvailableError(
							"pulumi is not installed; install it (https://www.pulumi.com/docs/install), or put its folder into PATH",
						)
					: error,
			),
		);
		child.once("close", (code, signal) =>
			resolve({
				exitCode: code ?? undefined,
				how: signal ?? `exit code ${code}`,
			}),
		);
	});
}

/**
 * Whether an update listens to a Ctrl-C by now: it does from its first event on, which it prints below "Updating (prod):" and,
 * where a service keeps the state, below the address to look at.
 */
class Listening {
	private isBegun = false;
	private isHeard = false;
	private waiting: (() => void) | undefined;
	private timer: NodeJS.Timeout | undefined;

	see(line: string): void {
		if (this.isHeard) return;
		if (!this.isBegun) this.isBegun = /^(Updating|Destroying) \(/.test(line);
		else if (/^(?!View )\s*\S/.test(line)) {
			this.isHeard = true;
			this.waiting?.();
		}
	}

	/** Calls it once it listens, or after a minute in which it did not. */
	whenHeard(act: () => void): void {
		if (this.isHeard) {
			act();
			return;
		}
		this.waiting = () => {
			this.end();
			act();
		};
		this.timer = setTimeout(this.waiting, mostDeafMs);
	}

	end(): void {
		clearTimeout(this.timer);
		this.waiting = undefined;
	}
}

function stopGently(child: ChildProcess, graceMs: number): void {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill("SIGINT");
	const again = setTimeout(() => child.kill("SIGINT"), graceMs);
	const last = setTimeout(() => killGroup(child), graceMs + lastGraceMs);
	child.once("close", () => {
		clearTimeout(again);
		clearTimeout(last);
	});
}

/** Its language host and plugins with it: they would go on holding the pipes. */
function killGroup({ pid }: ChildProcess): void {
	if (pid === undefined) return;
	try {
		process.kill(-pid, "SIGKILL");
	} catch {
		// It ended in this very moment.
	}
}
