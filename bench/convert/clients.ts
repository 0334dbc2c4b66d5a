import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** Runs the programs that are measured; knows which of them are alive. */
export interface Clients {
	/** Process ids of the programs that run now. */
	readonly pids: ReadonlySet<number>;
	/**
	 * Runs a program to its end and answers what it wrote to standard output.
	 *
	 * @throws when it ends with another code than 0; the message holds the end of its standard error.
	 */
	run(argv: readonly string[], options?: RunOptions): Promise<string>;
	/** @throws when everything is to end. */
	requireRunning(): void;
}

export interface RunOptions {
	readonly env?: Readonly<Record<string, string>>;
	/** File given as standard input. Default: none. */
	readonly inputFile?: string;
	/** Exit codes that count as done. Default: only 0. */
	readonly accept?: readonly number[];
}

/** Longest text kept of what a program says. */
const keptCharacters = 20_000;

/** @param path folders searched for programs, before those of PATH. @param signal ends every program. */
export function createClients(path: string, signal: AbortSignal): Clients {
	const pids = new Set<number>();
	signal.addEventListener("abort", () => {
		for (const pid of pids) killGroup(pid);
	});
	return {
		pids,
		requireRunning: () => signal.throwIfAborted(),
		async run(argv, options = {}) {
			signal.throwIfAborted();
			const [command = "", ...args] = argv;
			const { inputFile } = options;
			const input =
				inputFile === undefined ? undefined : openSync(inputFile, "r");
			const child = spawn(command, args, {
				// A session of its own: a Ctrl-C at the terminal reaches only us, and whatever it starts can be ended with it.
				detached: true,
				stdio: [input ?? "ignore", "pipe", "pipe"],
				env: {
					...process.env,
					PATH: `${path}:${process.env.PATH ?? ""}`,
					...options.env,
				},
			});
			if (input !== undefined) closeSync(input);
			const { pid } = child;
			if (pid !== undefined) pids.add(pid);
			const said = { stdout: "", stderr: "" };
			for (const name of ["stdout", "stderr"] as const) {
				child[name]?.setEncoding("utf8").on("data", (text: string) => {
					said[name] = (said[name] + text).slice(-keptCharacters);
				});
			}
			const code = await new Promise<number | null>((resolve, reject) => {
				child.once("error", reject);
				child.once("close", resolve);
			}).finally(() => {
				if (pid !== undefined) pids.delete(pid);
			});
			signal.throwIfAborted();
			if (code !== null && (options.accept ?? [0]).includes(code)) {
				return said.stdout;
			}
			const reason = (said.stderr || said.stdout).trim().slice(-2_000);
			throw new Error(`${command} ended with ${code}: ${reason}`);
		},
	};
}

/** Two programs joined by a pipe of the kernel's; the texts are arguments of the shell, never part of its script. */
export function pipe(
	left: readonly string[],
	right: readonly string[],
): readonly string[] {
	const words = (first: number, count: number) =>
		Array.from({ length: count }, (_, nth) => `"\${${first + nth}}"`).join(" ");
	const script = `set -o pipefail; ${words(1, left.length)} | ${words(1 + left.length, right.length)}`;
	return ["bash", "-c", script, "pipe", ...left, ...right];
}

function killGroup(pid: number): void {
	try {
		process.kill(-pid, "SIGKILL");
	} catch {
		// It ended by itself.
	}
}
