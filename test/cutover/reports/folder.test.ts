import assert from "node:assert/strict";
import {
	chmod,
	mkdtemp,
	readdir,
	readFile,
	rm,
	stat,
	symlink,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace } from "../../../cutover/src/reports/folder.ts";

describe("reports in a folder", () => {
	let folder: string;
	const root = () => join(folder, "reports");
	const place = () => folderPlace(root());

	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-folder-"));
	});
	afterEach(async () => {
		await rm(folder, { recursive: true, force: true });
	});

	it("makes the folder, keeps text, bytes and files as they are, and leaves nothing half done", async () => {
		const picture = Buffer.from([0, 255, 137, 10, 13]);
		await writeFile(join(folder, "picture"), picture);
		await place().write("a.md", "ä\n");
		await place().write("b.bin", picture);
		await place().write("uat/1/c.png", { file: join(folder, "picture") });
		assert.equal(await readFile(join(root(), "a.md"), "utf8"), "ä\n");
		assert.deepEqual(await readFile(join(root(), "b.bin")), picture);
		assert.deepEqual(await readFile(join(root(), "uat/1/c.png")), picture);
		assert.deepEqual(await readdir(join(root(), "uat/1")), ["c.png"]);
		assert.equal(place().addressOf("a.md"), join(root(), "a.md"));
	});

	it("replaces what was there, and keeps it when the new one cannot be written", async () => {
		await place().write("a.md", "one");
		await place().write("a.md", "two");
		await assert.rejects(
			place().write("a.md", { file: join(folder, "missing") }),
			/cannot write reports to /,
		);
		assert.equal(await readFile(join(root(), "a.md"), "utf8"), "two");
		assert.deepEqual(await readdir(root()), ["a.md"]);
	});

	it("writes what is private for its owner only", async () => {
		await place().write("rows.jsonl", "{}\n", { isPrivate: true });
		const { mode } = await stat(join(root(), "rows.jsonl"));
		assert.equal((mode & 0o777).toString(8), "600");
	});

	it("lists files below a prefix by name, with their bytes, and no half ones", async () => {
		await place().write("uat/b.png", "12");
		await place().write("uat/a.png", "1");
		await place().write("validate.json", "{}");
		await writeFile(join(root(), "uat/c.png.0a.cutover-part"), "x");
		await symlink("/etc/hostname", join(root(), "uat/d"));
		const found = await place().list("uat/");
		assert.deepEqual(
			found.map(({ name, bytes }) => [name, bytes]),
			[
				["uat/a.png", 1],
				["uat/b.png", 2],
			],
		);
		assert.equal((await place().list("")).length, 3);
	});

	it("has nothing to list or read where there is no folder", async () => {
		assert.deepEqual(await place().list(""), []);
		assert.equal(await place().read("a.md", 10), undefined);
	});

	it("reads up to a limit and refuses more", async () => {
		await place().write("a.md", "1234");
		assert.equal((await place().read("a.md", 4))?.toString(), "1234");
		await assert.rejects(
			place().read("a.md", 3),
			/cannot read reports from .*a\.md: the file has 4 bytes, expected at most 3/,
		);
	});

	it("removes what an earlier run left, and is content when nothing is there", async () => {
		await place().write("a.md", "1");
		await place().remove("a.md");
		await place().remove("a.md");
		assert.deepEqual(await place().list(""), []);
	});

	for (const name of ["../a", "a/../../b", "/a", "", "a//b", "a\\b", "."]) {
		it(`refuses the name ${JSON.stringify(name)}, which may lead elsewhere`, async () => {
			await assert.rejects(
				place().write(name, "x"),
				/expected the name of a report below its place/,
			);
		});
	}

	it("names the folder and what helps when a file is in the way", async () => {
		await writeFile(root(), "");
		await assert.rejects(place().write("a.md", "x"), {
			name: "ReportPlaceError",
			message:
				/cannot write reports to .*reports: something of another kind is in the way \(.*\); name another place with --report-dir or CUTOVER_REPORT_DIR/,
		});
	});

	it("names the folder when this user may not write there", async () => {
		await place().write("a.md", "x");
		await chmod(root(), 0o500);
		// Root may write anywhere: there is then nothing to refuse, and the file is simply kept.
		if (process.getuid?.() === 0) {
			await place().write("b.md", "x");
			return;
		}
		await assert.rejects(
			place().write("b.md", "x"),
			/cannot write reports to .*: this user may not write there/,
		);
	});
});
