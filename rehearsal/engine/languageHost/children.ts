import {
	type ChildProcess,
	type SpawnOptions,
	spawn,
} from "node:child_process";

const children = new Set<ChildProcess>();

/** Starts Node with these arguments; the child is ended with the host. */
export function spawnNode(
	args: readonly string[],
	options: SpawnOptions,
): ChildProcess {
	const child = spawn(process.execPath, args, options);
	children.add(child);
	child.once("close", () => children.delete(child));
	child.once("error", () => children.delete(child));
	return child;
}

/** Resolves with the exit code, or with the signal's name; rejects when the child could not be started. */
export function waitForExit(child: ChildProcess): Promise<number | string> {
	return new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code, signal) =>
			resolve(code ?? signal ?? "unknown signal"),
		);
	});
}

export function killChildren(signal: NodeJS.Signals): void {
	for (const child of children) child.kill(signal);
}
