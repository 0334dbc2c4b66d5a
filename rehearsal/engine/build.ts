import { spawn, spawnSync } from "node:child_process";
import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	renameSync,
	rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { checkout } from "./places.ts";
import { sharedLanguageHost, writeExecutable } from "./wrappers.ts";

const command = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const versionVariable =
	"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const heartbeatMs = 10_000;

/**
 * Builds the engine from Go modules: about 6 minutes on two cores the first time, seconds with a warm build cache. Answers what
 * went wrong, or undefined.
 */
export async function buildEngine(
	version: string,
	folder: string,
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const go = goVersion();
	if (go === undefined) return "build from source: there is no Go on PATH";
	const draft = mkdtempSync(join(dirname(folder), ".build-"));
	try {
		for (const file of ["go.mod", "go.sum", "tools.go"])
			copyFileSync(
				join(checkout(), "rehearsal/engine/gomod", file),
				join(draft, file),
			);
		const output = join(draft, "engine/bin/pulumi");
		mkdirSync(dirname(output), { recursive: true });
		onProgress(
			`building Pulumi ${version} with ${go} (minutes the first time, then kept)`,
		);
		const failure = await goBuild(draft, output, version, onProgress);
		if (failure !== undefined) return failure;
		writeExecutable(
			join(dirname(output), "pulumi-language-nodejs"),
			sharedLanguageHost,
		);
		rmSync(folder, { recursive: true, force: true });
		renameSync(join(draft, "engine"), folder);
		return undefined;
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
}

/** `go1.25.1`, or undefined without Go. */
export function goVersion(): string | undefined {
	const { stdout, status } = spawnSync("go", ["version"], { encoding: "utf8" });
	return status === 0 ? (/go\d\S*/.exec(stdout)?.[0] ?? "go") : undefined;
}

function goBuild(
	folder: string,
	output: string,
	version: string,
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const flags = `-s -w -X ${versionVariable}=v${version}`;
	const child = spawn(
		"go",
		["build", "-v", "-mod=readonly", "-ldflags", flags, "-o", output, command],
		{
			cwd: folder,
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
			`building Pulumi: ${seconds} s, ${downloaded} modules fetched, ${compiled} packages compiled`,
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
