import { spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkout } from "./places.ts";

const installer = "https://get.pulumi.com/install.sh";
const reachableWithinMs = 8_000;
const downloadWithinMs = 5 * 60_000;

/** The official download, by the Automation API. Answers what went wrong, or undefined. */
export async function downloadEngine(
	version: string,
	folder: string,
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const problem = await probe();
	if (problem !== undefined) return problem;
	onProgress(`downloading Pulumi ${version}`);
	const draft = mkdtempSync(join(dirname(folder), ".download-"));
	try {
		const failure = await runInstaller(version, draft);
		if (failure !== undefined) return failure;
		rmSync(folder, { recursive: true, force: true });
		renameSync(draft, folder);
		return undefined;
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
}

/** The installer itself waits minutes for a network that is not there. */
async function probe(): Promise<string | undefined> {
	try {
		const answer = await fetch(installer, {
			signal: AbortSignal.timeout(reachableWithinMs),
		});
		await answer.body?.cancel();
		return answer.ok
			? undefined
			: `official download: ${installer} answers ${answer.status}`;
	} catch (error) {
		const cause = error instanceof Error ? (error.cause ?? error) : error;
		return `official download: ${installer} cannot be reached (${cause instanceof Error ? cause.message : cause})`;
	}
}

/** In a process group of its own: the installer starts a shell and curl, which a time limit has to end too. */
function runInstaller(
	version: string,
	root: string,
): Promise<string | undefined> {
	const program = `
		const { PulumiCommand } = require("@pulumi/pulumi/automation");
		const { SemVer } = require("semver");
		const [version, root] = process.argv.slice(1);
		PulumiCommand.install({ version: new SemVer(version), root }).then(() => process.exit(0), (error) => {
			console.error(error.message); process.exit(1);
		});`;
	const child = spawn(process.execPath, ["-e", program, version, root], {
		cwd: checkout(),
		detached: true,
		stdio: ["ignore", "ignore", "pipe"],
	});
	let stderr = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr = (stderr + text).slice(-2000);
	});
	return new Promise((resolve) => {
		const timer = setTimeout(() => {
			if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
		}, downloadWithinMs);
		child.once("error", (error) =>
			resolve(`official download: ${error.message}`),
		);
		child.once("close", (code, signal) => {
			clearTimeout(timer);
			if (code === 0) return resolve(undefined);
			resolve(
				signal
					? `official download: not done within ${downloadWithinMs / 60_000} minutes`
					: `official download: ${stderr.trim() || `exit code ${code}`}`,
			);
		});
	});
}
