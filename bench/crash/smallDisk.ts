import { execFile } from "node:child_process";
import { mkdir, rm, statfs } from "node:fs/promises";
import { promisify } from "node:util";
import { reasonOf } from "../../cutover/src/errors.ts";
import { postgresAccount } from "../../test/integration/postgres.ts";

const run = promisify(execFile);

/** A file system of its own that can be as small as one likes. */
export interface SmallDisk {
	readonly folder: string;
	/** Leaves so much room from now on. */
	leave(bytes: number): Promise<void>;
	remove(): Promise<void>;
}

/** Enough for anything that is done here. */
const plentyBytes = 1_500_000_000;

/** Makes one that belongs to the servers' account, with plenty of room at first. */
export async function createSmallDisk(folder: string): Promise<SmallDisk> {
	const { uid = 0, gid = 0 } = await postgresAccount();
	await mkdir(folder);
	// A size of 0 would mean no limit, and none could be set any more afterwards.
	const size = (bytes: number) => `size=${Math.ceil(bytes / 1024) || 1}k`;
	const owner = `mode=0711,uid=${uid},gid=${gid}`;
	const mount = (options: string) =>
		run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
	await mount(`${owner},${size(plentyBytes)}`);
	return {
		folder,
		async leave(bytes) {
			const { blocks, bfree, bsize } = await statfs(folder);
			const wanted = (blocks - bfree) * bsize + bytes;
			await mount(`remount,${owner},${size(wanted)}`);
		},
		async remove() {
			await run("umount", [folder]);
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** Why no small disks can be had here, or undefined. */
export async function smallDiskProblem(
	folder: string,
): Promise<string | undefined> {
	if (process.platform !== "linux" || process.getuid?.() !== 0) {
		return "needs root on Linux, to mount a small file system";
	}
	try {
		await (await createSmallDisk(folder)).remove();
		return undefined;
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		return `a small file system cannot be mounted: ${reasonOf(error)}`;
	}
}
