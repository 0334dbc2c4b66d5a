import {
	readdir,
	readFile,
	realpath,
	rename,
	rm,
	stat,
	writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import {
	basename,
	dirname,
	isAbsolute,
	join,
	relative,
	resolve,
	sep,
} from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "../folders.ts";
import { withPlace } from "../reports/open.ts";
import { isAlive } from "./alive.ts";

/** Where results and the page are kept. Names are relative, with slashes: `results/convert.json`. */
export interface StatusPlace {
	/** Where people find it. */
	readonly address: string;
	/** Undefined when there is nothing under that name, when it is above the limit, or when it lies outside of the place. */
	read(name: string, limitBytes?: number): Promise<Buffer | undefined>;
	/** Writes it whole or not at all. */
	write(name: string, content: string): Promise<void>;
	/** Names of the files directly under a folder, in order; none when there is no such folder. */
	list(folder: string): Promise<readonly string[]>;
	/** What a file that somebody wrote down as a path may be called here, the likeliest first; none when it lies elsewhere. */
	namesOf(path: string): readonly string[];
	/** Runs the work while no other process does the same here; after a few seconds of waiting all the same. */
	alone<T>(work: () => Promise<T>): Promise<T>;
}

/** Opens the report folder. It is made when something is written. */
export function openPlace(address: string): StatusPlace {
	return address.startsWith("s3://")
		? bucketPlace(address)
		: folderPlace(resolve(address));
}

const readLimitBytes = 8 * 1024 * 1024;

/**
 * The same in a bucket. Unlike in a folder, what cannot be read is an error: a job that may only put there must not take it
 * for empty and write a page that knows of nothing else. Nor can a bucket be locked: of two runs that end at the same time
 * one may be missing from the page until the next one.
 */
function bucketPlace(address: string): StatusPlace {
	const root = address.replace(/\/*$/, "/");
	return {
		address,
		read: async (name, limitBytes = readLimitBytes) =>
			await withPlace(address, (place) => place.read(name, limitBytes)),
		write: async (name, content) =>
			await withPlace(address, (place) => place.write(name, content)),
		async list(folder) {
			const below = folder === "" ? "" : `${folder}/`;
			const files = await withPlace(address, (place) => place.list(below));
			return files
				.map(({ name }) => name.slice(below.length))
				.filter((name) => !name.includes("/"));
		},
		namesOf: (path) => (path.startsWith(root) ? [path.slice(root.length)] : []),
		alone: async (work) => await work(),
	};
}

function folderPlace(root: string): StatusPlace {
	return {
		address: root,
		async read(name, limitBytes = readLimitBytes) {
			try {
				// A link may lead anywhere; what is shown to others comes from the report folder alone.
				const path = await realpath(join(root, name));
				if (!isInside(await realpath(root), path)) return undefined;
				if ((await stat(path)).size > limitBytes) return undefined;
				return await readFile(path);
			} catch {
				return undefined;
			}
		},
		async write(name, content) {
			const path = join(root, name);
			await makeFolder(dirname(path));
			const part = `${path}.${process.pid}.part`;
			try {
				await writeFile(part, content);
				await rename(part, path);
			} catch (error) {
				await rm(part, { force: true }).catch(() => undefined);
				throw error;
			}
		},
		async list(folder) {
			try {
				return (await readdir(join(root, folder))).sort();
			} catch {
				return [];
			}
		},
		namesOf(path) {
			// Said from the working directory of the run, from the folder itself, or from another working directory.
			const above = path.split(/[\\/]/);
			const at = above.lastIndexOf(basename(root));
			return [resolve(path), resolve(root, path)]
				.concat(at < 0 ? [] : resolve(root, ...above.slice(at + 1)))
				.filter((whole) => isInside(root, whole))
				.map((whole) => relative(root, whole).split(sep).join("/"));
		},
		async alone(work) {
			const release = await lock(join(root, "results", ".lock"));
			try {
				return await work();
			} finally {
				await release();
			}
		},
	};
}

const lockWaitMs = 5_000;
/** Nobody holds it that long: its holder was killed. */
const lockStaleMs = 4_000;

/** A lock only keeps one process from overwriting what another has just added: better a lost line than a lost night. */
async function lock(file: string): Promise<() => Promise<void>> {
	await makeFolder(dirname(file));
	const deadline = performance.now() + lockWaitMs;
	while (performance.now() < deadline) {
		try {
			await writeFile(file, `${process.pid} ${hostname()}`, { flag: "wx" });
			return () => rm(file, { force: true });
		} catch (error) {
			if (codeOf(error) !== "EEXIST") {
				// On a full disk the file is made, and empty.
				await rm(file, { force: true });
				throw error;
			}
			if (await isLeft(file)) await rm(file, { force: true });
			else await sleep(20);
		}
	}
	return async () => undefined;
}

/** Whether whoever holds the lock is gone, or has held it longer than anybody does. */
async function isLeft(file: string): Promise<boolean> {
	try {
		const [pid = "", host = ""] = (await readFile(file, "utf8")).split(" ");
		if (pid !== "" && !isAlive({ pid: Number(pid), host })) return true;
		return Date.now() - (await stat(file)).mtimeMs > lockStaleMs;
	} catch {
		return false;
	}
}

const codeOf = (error: unknown): unknown =>
	error instanceof Error && "code" in error ? error.code : undefined;

function isInside(root: string, path: string): boolean {
	const way = relative(root, path);
	return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}
