import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statOf } from "./procfs.ts";

const prefix = "trusted-login-bench-";

/** A folder for everything that this run makes; named after the process, so that the next run knows whether it is alive. */
export async function createFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
	// The servers' account has to pass through.
	await chmod(folder, 0o711);
	return folder;
}

/** Ends the servers and removes the folders of runs that were killed; answers how many there were. */
export async function removeLeftovers(): Promise<number> {
	const names = (await readdir(tmpdir())).filter((name) => {
		const pid = Number(/^\d+/.exec(name.slice(prefix.length))?.[0]);
		return name.startsWith(prefix) && pid > 0 && statOf(pid) === undefined;
	});
	for (const name of names) {
		const folder = join(tmpdir(), name);
		for (const server of await readdir(folder)) {
			await endServer(join(folder, server, "data"));
		}
		await rm(folder, { recursive: true, force: true });
	}
	return names.length;
}

async function endServer(data: string): Promise<void> {
	const file = await readFile(join(data, "postmaster.pid"), "utf8").catch(
		() => "",
	);
	const pid = Number(file.split("\n")[0]);
	if (!(pid > 0)) return;
	const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(
		() => "",
	);
	// The number may belong to somebody else by now.
	if (!commandLine.includes(data)) return;
	process.kill(pid, "SIGQUIT");
	while (statOf(pid) !== undefined) {
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
