import { spawn } from "node:child_process";

/** What a finished process left. */
export interface Finished {
	readonly exitCode: number;
	readonly stdout: string;
}

/** Runs a program of ours: its result is kept, what it tells people goes straight to our standard error. */
export async function runNode(
	script: string,
	args: readonly string[],
	signal: AbortSignal,
): Promise<Finished> {
	return await new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [script, ...args], {
			stdio: ["ignore", "pipe", "inherit"],
			signal,
		});
		let stdout = "";
		child.stdout.setEncoding("utf8");
		child.stdout.on("data", (chunk: string) => {
			stdout += chunk;
		});
		child.on("error", reject);
		child.on("close", (code) => resolve({ exitCode: code ?? 1, stdout }));
	});
}
