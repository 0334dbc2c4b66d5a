import { join } from "node:path";
import type { ToolRun } from "../adapters/tools.ts";
import { runTool, type ToolEnd } from "../adapters/tools.ts";
import type { BackupFile } from "./manifest.ts";
import type { Chunks, Sealer } from "./seal.ts";

/** Writes what a program prints into one file of a backup; answers the file and how the program ended. */
export async function sealOutput(
	run: Omit<ToolRun, "onStdout">,
	target: {
		readonly into: string;
		/** Inside the backup, without the suffix of encrypted files. */
		readonly path: string;
		readonly part: string;
		readonly sealer: Sealer;
		/** Changes the bytes on their way, for example compresses them. */
		readonly through?: (chunks: Chunks) => Chunks;
		readonly onBytes: (bytes: number) => void;
	},
): Promise<{ readonly file: BackupFile; readonly end: ToolEnd }> {
	const path = `${target.path}${target.sealer.suffix}`;
	let file: BackupFile | undefined;
	const end = await runTool({
		...run,
		async onStdout(chunks) {
			const sealed = await target.sealer.write(
				join(target.into, path),
				target.through === undefined ? chunks : target.through(chunks),
				target.onBytes,
			);
			file = {
				path,
				part: target.part,
				size: sealed.size,
				sha256: sealed.sha256,
			};
		},
	});
	if (file === undefined) throw new Error(`${run.command} wrote nothing`);
	return { file, end };
}
