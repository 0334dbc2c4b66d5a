import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyFolder } from "../../../cutover/src/backup/folders.ts";
import { createSealer } from "../../../cutover/src/backup/seal.ts";

describe("copyFolder", () => {
	it("waits for a folder that a file beside it is just making", async () => {
		const root = await mkdtemp(join(tmpdir(), "cutover-folders-"));
		try {
			const source = join(root, "source");
			for (let nth = 0; nth < 20; nth += 1) {
				const folder = join(source, String(nth), ..."abcdefghijklmnop");
				await mkdir(folder, { recursive: true });
				for (const name of "12345678") await writeFile(join(folder, name), "");
			}
			const copied = await copyFolder({
				part: "uploads",
				source,
				into: join(root, "backup"),
				sealer: createSealer([]),
				onBytes: () => undefined,
				signal: new AbortController().signal,
			});
			assert.equal(copied.files.length, 160);
		} finally {
			await rm(root, { recursive: true, force: true });
		}
	});
});
