import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
	mkdir,
	mkdtemp,
	readdir,
	readFile,
	rm,
	writeFile,
} from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { takeHold } from "../../../cutover/src/backup/hold.ts";
import { silentTalk } from "../../../cutover/src/console.ts";

describe("the right to work alone", () => {
	let folder: string;
	let file: string;
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-hold-"));
		file = join(folder, ".lock");
	});
	afterEach(() => rm(folder, { recursive: true, force: true }));

	it("is one's own until it is given back; others are told who has it", async () => {
		const hold = await takeHold(file, "a full backup", silentTalk);
		await assert.rejects(
			takeHold(file, "another", silentTalk),
			new RegExp(
				`a full backup runs already \\(process ${process.pid}, since `,
			),
		);
		await hold.release();
		await (await takeHold(file, "another", silentTalk)).release();
		assert.ok(!existsSync(file));
	});

	it("goes to one of many that ask at the same time", async () => {
		const asked = await Promise.allSettled(
			Array.from({ length: 12 }, () => takeHold(file, "it", silentTalk)),
		);
		assert.equal(asked.filter((one) => one.status === "fulfilled").length, 1);
	});

	it("removes what a run left that was killed while it asked", async () => {
		await writeFile(`${file}.0b0b0b0b.draft`, "{}");
		await writeFile(join(folder, "other.draft"), "not ours");
		const hold = await takeHold(file, "it", silentTalk);
		assert.deepEqual((await readdir(folder)).sort(), [".lock", "other.draft"]);
		await hold.release();
	});

	it("is taken over from the dead, whose programs are ended and whose remains are removed", async () => {
		const child = spawn(
			process.execPath,
			["-e", "setInterval(() => {}, 1000)", "/marker/of/this/test"],
			{ stdio: "ignore" },
		);
		const ended = once(child, "exit");
		const remains = join(folder, ".partial");
		await mkdir(remains);
		const hold = await takeHold(file, "a full backup", silentTalk);
		await hold.program("node", "/marker/of/this/test");
		await hold.remains(remains);
		await asDead(file);
		await takeHold(file, "the next", silentTalk);
		await ended;
		assert.ok(!existsSync(remains));
	});

	it("is not taken from another machine, nor from what is no record", async () => {
		await takeHold(file, "a full backup", silentTalk);
		const text = await readFile(file, "utf8");
		await writeFile(file, text.replaceAll(hostname(), "elsewhere"));
		await assert.rejects(
			takeHold(file, "the next", silentTalk),
			/on elsewhere, which cannot be asked from here; .*remove .*\.lock/,
		);
		await writeFile(file, "my notes");
		await assert.rejects(
			takeHold(file, "the next", silentTalk),
			/is not a record of a running process/,
		);
	});
});

/** Makes the record one of a process that does not run. */
async function asDead(file: string): Promise<void> {
	const record = JSON.parse(await readFile(file, "utf8"));
	await writeFile(file, JSON.stringify({ ...record, process: "1 gone" }));
}
