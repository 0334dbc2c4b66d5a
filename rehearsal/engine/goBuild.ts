import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

const heartbeatMs = 10_000;

/** A program of a module folder, to be built from Go modules. */
export interface GoProgram {
	/** What people call it. */
	readonly title: string;
	/** Folder with go.mod and go.sum, which stay as they are. */
	readonly folder: string;
	/** For example `github.com/pulumi/pulumi/pkg/v3/cmd/pulumi`. */
	readonly command: string;
	readonly linkerFlags: string;
	readonly output: string;
}

/** `go1.25.1`, or undefined without Go. */
export function goVersion(): string | undefined {
	const { stdout, status } = spawnSync("go", ["version"], { encoding: "utf8" });
	return status === 0 ? (/go\d\S*/.exec(stdout)?.[0] ?? "go") : undefined;
}

/** Builds a program and says how far it is; answers what went wrong, or undefined. */
export function goBuild(
	program: GoProgram,
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const flags = ["-v", "-mod=readonly", "-ldflags", program.linkerFlags];
	const child = spawn(
		"go",
		["build", ...flags, "-o", program.output, program.command],
		{
			cwd: program.folder,
			stdio: ["ignore", "ignore", "pipe"],
			env: { ...process.env, GOWORK: "off", GOFLAGS: "" },
		},
	);
	const started = Date.now();
	const problems: string[] = [];
	let downloaded = 0;
	let compiled = 0;
	const heartbeat = setInterval(() => {
		const seconds = Math.round((Date.now() - started) / 1000);
		onProgress(
			`building ${program.title}: ${seconds} s, ${downloaded} modules fetched, ${compiled} packages compiled`,
		);
	}, heartbeatMs);
	createInterface({ input: child.stderr }).on("line", (line) => {
		if (line.startsWith("go: downloading ")) downloaded++;
		else if (/^[\w.~-]+(\/[\w.~@-]+)*$/.test(line)) compiled++;
		else problems.push(line);
	});
	return new Promise((resolve) => {
		child.once("error", (error) => {
			clearInterval(heartbeat);
			resolve(`build from source: ${error.message}`);
		});
		child.once("close", (code) => {
			clearInterval(heartbeat);
			resolve(
				code === 0
					? undefined
					: `build from source: go build failed\n${problems.slice(-15).join("\n")}`,
			);
		});
	});
}
