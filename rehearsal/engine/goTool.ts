import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { withFileLock } from "./fileLock.ts";
import { goBuild, goVersion } from "./goBuild.ts";
import { laptopPlaces } from "./places.ts";

/** A program that tests use and nobody here wrote, built from a Go module of ours that requires it. */
export interface GoTool {
	/** What people call it, for example "the S3 server". */
	readonly title: string;
	/** For example `github.com/versity/versitygw`. */
	readonly module: string;
	/** Below the module, for example `cmd/versitygw`. */
	readonly command: string;
	/** Folder with go.mod, go.sum and tools.go, which stay as they are. */
	readonly folder: string;
}

/**
 * Builds the tool once for each version; two that ask at the same time build it once.
 * @throws when it is neither there nor can be built.
 */
export async function ensureGoTool(
	tool: GoTool,
	onProgress: (line: string) => void,
): Promise<string> {
	const file = goToolFile(tool);
	if (existsSync(file)) return file;
	const { cache } = laptopPlaces();
	mkdirSync(cache, { recursive: true });
	return await withFileLock(`${file}.lock`, onProgress, async () => {
		if (existsSync(file)) return file;
		const problem = await build(tool, file, cache, onProgress);
		if (problem === undefined) return file;
		throw new Error(
			`${tool.title} ${basename(file)} cannot be built: ${problem}; install Go 1.25 or newer, then run this again`,
		);
	});
}

/** Where the tool lies once it is built, shared by all checkouts of a user, one file for each version. */
function goToolFile(tool: GoTool): string {
	return join(
		laptopPlaces().cache,
		`${basename(tool.command)}-${pinnedVersion(tool)}`,
	);
}

async function build(
	tool: GoTool,
	file: string,
	cache: string,
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const go = goVersion();
	if (go === undefined) return "there is no Go on PATH";
	const draft = mkdtempSync(join(cache, ".build-"));
	try {
		for (const name of ["go.mod", "go.sum", "tools.go"]) {
			copyFileSync(join(tool.folder, name), join(draft, name));
		}
		onProgress(`building ${tool.title} for tests with ${go}, then kept`);
		const output = join(draft, basename(tool.command));
		const problem = await goBuild(
			{
				title: tool.title,
				folder: draft,
				command: `${tool.module}/${tool.command}`,
				linkerFlags: "-s -w",
				output,
			},
			onProgress,
		);
		if (problem === undefined) renameSync(output, file);
		return problem;
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
}

function pinnedVersion({ folder, module }: GoTool): string {
	const file = join(folder, "go.mod");
	const line = readFileSync(file, "utf8")
		.split("\n")
		.find((one) => one.startsWith(`require ${module} v`));
	const version = line?.split(" v").at(-1);
	if (version === undefined)
		throw new Error(`${file} does not require ${module}`);
	return version;
}
