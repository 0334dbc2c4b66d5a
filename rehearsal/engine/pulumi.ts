import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { childEnvironment } from "./environment.ts";

export interface PulumiResult {
	/** As the CLI ended; 128 and the signal's number when it was killed. */
	exitCode: number;
	stdout: string;
	stderr: string;
}

export interface PulumiOptions {
	/** Called for every line of stdout and stderr as it comes. */
	onLine?: (line: string, stream: "stdout" | "stderr") => void;
	/** Added to the laptop's environment. */
	env?: Record<string, string>;
	/** Folder of Pulumi.yaml; default: the current one. */
	cwd?: string;
	/** Ends the CLI as Ctrl-C does: it finishes what is in flight. */
	signal?: AbortSignal;
}

/** Runs the Pulumi CLI against the laptop cloud. A failing command is no error here: look at the exit code. */
export async function runPulumi(
	args: readonly string[],
	options: PulumiOptions = {},
): Promise<PulumiResult> {
	const child = spawn("pulumi", args, {
		cwd: options.cwd,
		env: { ...(await childEnvironment()), ...options.env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const interrupt = () => child.kill("SIGINT");
	options.signal?.addEventListener("abort", interrupt, { once: true });
	const collected = { stdout: "", stderr: "" };
	for (const stream of ["stdout", "stderr"] as const)
		createInterface({ input: child[stream] }).on("line", (line) => {
			collected[stream] += `${line}\n`;
			options.onLine?.(line, stream);
		});
	try {
		const exitCode = await new Promise<number>((resolve, reject) => {
			child.once("error", reject);
			child.once("close", (code) => resolve(code ?? 130));
		});
		return { exitCode, ...collected };
	} finally {
		options.signal?.removeEventListener("abort", interrupt);
	}
}
