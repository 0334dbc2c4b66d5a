import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	closeScratch,
	openScratch,
	withTemporaryFolder,
} from "../../../cutover/src/adapters/browserScratch.ts";

describe("a browser's scratch folder", () => {
	let folder: string;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-scratch-"));
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("takes those of killed processes away, and no other", async () => {
		const dead = spawnSync(process.execPath, ["-e", ""]).pid;
		const names = [
			`cutover-browser-${dead}-abc`,
			`cutover-browser-${process.ppid}-abc`,
			"somebody-elses",
		];
		for (const name of names)
			await mkdir(join(folder, name, "profile"), { recursive: true });
		const made = openScratch(folder);
		assert.ok(made.startsWith(join(folder, `cutover-browser-${process.pid}-`)));
		assert.deepEqual(
			names.map((name) => existsSync(join(folder, name))),
			[false, true, true],
		);
		closeScratch(made);
		assert.equal(existsSync(made), false);
	});

	it("is where temporary files go only as long as the work goes on", async () => {
		const before = process.env.TMPDIR;
		await assert.rejects(
			withTemporaryFolder(folder, async () => {
				assert.equal(process.env.TMPDIR, folder);
				throw new Error("it did not start");
			}),
			/it did not start/,
		);
		assert.equal(process.env.TMPDIR, before);
	});
});
