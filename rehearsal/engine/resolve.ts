import { spawnSync } from "node:child_process";
import {
	accessSync,
	constants,
	existsSync,
	mkdirSync,
	readFileSync,
	realpathSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { buildEngine } from "./build.ts";
import { downloadEngine } from "./download.ts";
import { withFileLock } from "./fileLock.ts";
import { laptopPlaces } from "./places.ts";
import { engineFits, engineRange, pinnedEngineVersion } from "./versions.ts";

/** The engine that runs the programs: the Pulumi CLI with the Node language host beside it. */
export interface Engine {
	/** Comes first on PATH. */
	directory: string;
	version: string;
	/** Found on PATH; or in the cache, downloaded or built there. */
	origin: "path" | "cache";
}

type Progress = (line: string) => void;

/**
 * The engine, fetched or built when this machine has none.
 * @throws one error that names every way that was tried and how to help.
 */
export async function resolveEngine(
	onProgress: Progress = () => {},
): Promise<Engine> {
	return findEngine() ?? (await installEngine(onProgress));
}

/** The engine when there is one; fetches nothing. */
export function findEngine(): Engine | undefined {
	return findOnPath() ?? findInCache();
}

/** Where the engine lies that we download or build. */
export const cachedEngineFolder = (): string =>
	join(laptopPlaces().cache, "engine", `pulumi-${pinnedEngineVersion()}`);

async function installEngine(onProgress: Progress): Promise<Engine> {
	const version = pinnedEngineVersion();
	const folder = cachedEngineFolder();
	mkdirSync(dirname(folder), { recursive: true });
	return withFileLock(`${folder}.lock`, onProgress, async () => {
		const installedMeanwhile = findInCache();
		if (installedMeanwhile !== undefined) return installedMeanwhile;
		const tried: string[] = [];
		for (const install of [downloadEngine, buildEngine]) {
			const problem = await install(version, folder, onProgress);
			const engine = findInCache();
			if (problem === undefined && engine !== undefined) return engine;
			tried.push(problem ?? `${folder} holds no engine after installing`);
		}
		throw new Error(
			[
				`no Pulumi engine (${engineRange}):`,
				"  - on PATH: none that fits with pulumi-language-nodejs beside it",
				...tried.map((problem) => `  - ${problem}`),
				"Install Pulumi (https://www.pulumi.com/docs/install/) or Go 1.25 or newer (https://go.dev/dl/), then run this again.",
			].join("\n"),
		);
	});
}

function findInCache(): Engine | undefined {
	const directory = join(cachedEngineFolder(), "bin");
	return isEngine(directory)
		? { directory, version: pinnedEngineVersion(), origin: "cache" }
		: undefined;
}

function findOnPath(): Engine | undefined {
	const cached = join(cachedEngineFolder(), "bin");
	for (const directory of (process.env.PATH ?? "").split(delimiter)) {
		// The cache's own engine is on PATH in every shell that took our environment.
		if (directory === cached || !isEngine(directory)) continue;
		const version = versionOf(join(directory, "pulumi"));
		if (engineFits(version)) return { directory, version, origin: "path" };
	}
	return undefined;
}

/** The CLI may be a link, as Homebrew makes them; its language host lies beside the real file. */
function isEngine(directory: string): boolean {
	if (directory === "") return false;
	const command = join(directory, "pulumi");
	if (!isExecutable(command)) return false;
	return [directory, dirname(realpathSync(command))].some((folder) =>
		isExecutable(join(folder, "pulumi-language-nodejs")),
	);
}

/** Asking the CLI for its version costs 0.3 s, so the answer is kept until the file changes. */
function versionOf(command: string): string {
	const stats = statSync(command);
	const key = `${realpathSync(command)} ${stats.size} ${stats.mtimeMs}`;
	const file = join(laptopPlaces().cache, "engine", "on-path.json");
	const known = readRecord(file);
	const version = known[key];
	if (typeof version === "string") return version;
	const { stdout } = spawnSync(command, ["version"], {
		encoding: "utf8",
		timeout: 20_000,
		env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
	});
	const answer = (stdout ?? "").trim();
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, JSON.stringify({ [key]: answer }));
	return answer;
}

function readRecord(file: string): Record<string, unknown> {
	if (!existsSync(file)) return {};
	try {
		const value: unknown = JSON.parse(readFileSync(file, "utf8"));
		return typeof value === "object" && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return statSync(file).isFile();
	} catch {
		return false;
	}
}
