import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

const heartbeatMs = 10_000;

/** Installs a Debian package where that needs no question (as root); answers what went wrong. */
export async function installWithApt(
	name: string,
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
		return "apt-get: only used as root on Debian and Ubuntu";
	return (
		(await runInstaller("apt-get", ["update", "-q"], onProgress)) ??
		(await runInstaller(
			"apt-get",
			["install", "-y", "-q", "-o", "Dpkg::Options::=--force-confold", name],
			onProgress,
		))
	);
}

/** Runs a package manager with a heartbeat; answers what went wrong. */
export function runInstaller(
	command: string,
	args: readonly string[],
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const title = `${command} ${args.slice(0, 2).join(" ")}`;
	onProgress(title);
	const child = spawn(command, args, {
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
	});
	const started = Date.now();
	const heartbeat = setInterval(
		() =>
			onProgress(`${title}: ${Math.round((Date.now() - started) / 1000)} s`),
		heartbeatMs,
	);
	let output = "";
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding("utf8").on("data", (text: string) => {
			output = (output + text).slice(-2000);
		});
	return new Promise((resolve) => {
		child.once("error", (error) => {
			clearInterval(heartbeat);
			resolve(`${title}: ${error.message}`);
		});
		child.once("close", (code) => {
			clearInterval(heartbeat);
			resolve(
				code === 0
					? undefined
					: `${title}: exit code ${code}\n${output.trim().split("\n").slice(-6).join("\n")}`,
			);
		});
	});
}
