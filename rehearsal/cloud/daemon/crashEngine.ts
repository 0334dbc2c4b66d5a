import { execFileSync } from "node:child_process";
import { basename } from "node:path";

/**
 * Kills the engine that is at work, as a power cut would.
 * @throws when no engine is known or the process is none: nothing else is ever killed.
 */
export function crashEngine(pid: number | undefined): void {
	if (pid === undefined)
		throw new Error("no engine to crash: none has asked for anything yet");
	const name = commandName(pid);
	if (!name.startsWith("pulumi"))
		throw new Error(`process ${pid} is ${name || "gone"}, not a pulumi engine`);
	process.kill(pid, "SIGKILL");
}

function commandName(pid: number): string {
	try {
		return basename(
			execFileSync("ps", ["-o", "comm=", "-p", `${pid}`], {
				encoding: "utf8",
			}).trim(),
		);
	} catch {
		return "";
	}
}
