import assert from "node:assert/strict";
import {
	chmod,
	mkdir,
	mkdtemp,
	readFile,
	rename,
	rm,
	stat,
	symlink,
	utimes,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyFolder, storedPath } from "../../../cutover/src/backup/folders.ts";
import type { Manifest } from "../../../cutover/src/backup/manifest.ts";
import { restoreFolder } from "../../../cutover/src/backup/restoreFolder.ts";
import { createSealer } from "../../../cutover/src/backup/seal.ts";
import { problemsOf } from "../../../cutover/src/backup/verify.ts";
import { silentTalk } from "../../../cutover/src/console.ts";

const signal = new AbortController().signal;

describe("folders in a backup", () => {
	let root: string;
	let source: string;
	beforeEach(async () => {
		root = await mkdtemp(join(tmpdir(), "cutover-folders-"));
		source = join(root, "uploads");
		await mkdir(join(source, "a"), { recursive: true });
		await writeFile(join(source, "a", "one.png"), "one");
		await writeFile(join(source, "two é.txt"), "two");
		await chmod(join(source, "a", "one.png"), 0o640);
		await symlink("a/one.png", join(source, "link"));
	});
	afterEach(() => rm(root, { recursive: true, force: true }));

	/** A backup of the folder, unencrypted, on top of another one. */
	async function take(name: string, before?: Manifest) {
		const into = join(root, name);
		const copied = await copyFolder({
			part: "uploads",
			source,
			into,
			sealer: createSealer([]),
			...(before && {
				previous: { manifest: before, folder: join(root, before.name) },
			}),
			onBytes: () => undefined,
			signal,
		});
		const manifest: Manifest = {
			version: 1,
			name,
			kind: "full",
			startedAt: "",
			endedAt: "",
			encryption: { format: "none" },
			tools: {},
			parts: [],
			images: [],
			files: [...copied.files],
			links: copied.links,
		};
		return { copied, manifest, into };
	}
	const inode = async (...path: string[]) =>
		(await stat(join(root, ...path))).ino;

	it("share the bytes of unchanged files with the backup before, and only these", async () => {
		const first = await take("first");
		await writeFile(join(source, "a", "one.png"), "ONE");
		const second = await take("second", first.manifest);
		assert.equal(second.copied.linkedFiles, 1);
		assert.equal(
			await inode("second", "uploads", "two é.txt"),
			await inode("first", "uploads", "two é.txt"),
		);
		assert.equal(
			await readFile(join(root, "second/uploads/a/one.png"), "utf8"),
			"ONE",
		);
		assert.equal(
			await readFile(join(root, "first/uploads/a/one.png"), "utf8"),
			"one",
		);
	});

	it("notice a change that kept size and time", async () => {
		const file = join(source, "a", "one.png");
		const at = new Date("2026-01-01T00:00:00Z");
		await utimes(file, at, at);
		const first = await take("first");
		await writeFile(file, "0ne");
		await utimes(file, at, at);
		const second = await take("second", first.manifest);
		assert.equal(
			await readFile(join(root, "second/uploads/a/one.png"), "utf8"),
			"0ne",
		);
		assert.equal(second.copied.linkedFiles, 1);
	});

	it("share a file that was only moved back and forth: its bytes decide", async () => {
		const first = await take("first");
		await rename(join(source, "two é.txt"), join(source, "x"));
		await rename(join(source, "x"), join(source, "two é.txt"));
		assert.equal((await take("second", first.manifest)).copied.linkedFiles, 2);
	});

	it("do not carry a damaged file on", async () => {
		const first = await take("first");
		await writeFile(join(root, "first/uploads/a/one.png"), "o");
		await take("second", first.manifest);
		assert.equal(
			await readFile(join(root, "second/uploads/a/one.png"), "utf8"),
			"one",
		);
	});

	it("come back with modes, times and links, and may be restored twice", async () => {
		const { manifest, into } = await take("first");
		const restore = {
			folder: into,
			manifest,
			identities: [],
			part: "uploads" as const,
			into: join(root, "back"),
			replace: false,
			talk: silentTalk,
			signal,
		};
		assert.match((await restoreFolder(restore)).actual, /^2 of 2 files/);
		assert.match((await restoreFolder(restore)).actual, /^0 of 2 files/);
		const [was, is] = await Promise.all(
			[source, restore.into].map((place) => stat(join(place, "a/one.png"))),
		);
		assert.equal(is?.mode, was?.mode);
		assert.equal(Math.round(is?.mtimeMs ?? 0), Math.round(was?.mtimeMs ?? 1));
		assert.equal(await readFile(join(restore.into, "link"), "utf8"), "one");
		await writeFile(join(restore.into, "two é.txt"), "mine");
		await assert.rejects(
			restoreFolder(restore),
			/got 1 that differ from the backup \(two é\.txt\); name another place, or say --replace/,
		);
		await restoreFolder({ ...restore, replace: true });
		assert.equal(
			await readFile(join(restore.into, "two é.txt"), "utf8"),
			"two",
		);
	});

	it("never lead out of the folder they are restored to", async () => {
		const { manifest, into } = await take("first");
		const [file] = manifest.files;
		assert.ok(file?.source);
		file.source.path = "../../etc/passwd";
		await assert.rejects(
			restoreFolder({
				folder: into,
				manifest,
				identities: [],
				part: "uploads",
				into: join(root, "back"),
				replace: true,
				talk: silentTalk,
				signal,
			}),
			/expected paths inside of the folder/,
		);
	});

	it("are verified by name: missing, changed in size or bytes, additional", async () => {
		const { manifest, into } = await take("first");
		assert.deepEqual(await problemsOf(into, manifest, signal), []);
		await writeFile(join(into, "uploads/a/one.png"), "onE");
		await rm(join(into, "uploads/two é.txt"));
		await writeFile(join(into, "uploads/new"), "");
		const problems = await problemsOf(into, manifest, signal);
		assert.equal(problems.length, 3);
		assert.match(
			problems[0] ?? "",
			/^changed: uploads\/a\/one\.png: expected sha256 /,
		);
		assert.equal(problems[1], "extra: uploads/new");
		assert.equal(problems[2], "missing: uploads/two é.txt");
	});

	it("store names that are too long for a suffix under their hash", () => {
		assert.equal(storedPath("a/b.png"), "a/b.png");
		const stored = storedPath(`a/${"x".repeat(255)}`);
		assert.match(stored, /^a\/long-[0-9a-f]{64}$/);
	});
});
